//! jsonrpsee.

use jsonrpsee::RpcModule;
use jsonrpsee::server::{Server, ServerConfig};
use tokio::net::TcpListener;

use super::packets::Position;

pub(crate) async fn serve(listener: TcpListener) {
    let mut module = RpcModule::new(());
    module.register_method("move", |params, (), _| params.one::<Position>()).expect("the name is free");
    module.register_method("large", |params, (), _| params.one::<String>()).expect("the name is free");
    let config = ServerConfig::builder().max_connections(u32::MAX).set_tcp_no_delay(true).build();
    let listener = listener.into_std().expect("it is a listener");
    let server = Server::builder().set_config(config).build_from_tcp(listener).expect("it listens");
    server.start(module).stopped().await;
}
