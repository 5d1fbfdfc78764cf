//! Who runs the example sees a user come and go on one socket.

use std::process::Command;

#[test]
fn login_tells_how_a_user_comes_and_goes() {
    let output = Command::new(env!("CARGO_BIN_EXE_login")).output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{text}");
    let anonymous = r#"   Logout -> Err(Validation(ValidationError { code: 400, reason: "anonymous" }))"#;
    let told: Vec<_> = text.lines().filter(|line| line.starts_with("   ")).collect();
    assert_eq!(
        told,
        [
            "   WhoAmI -> None",
            anonymous,
            "   POST /login, wrong password -> 401 Unauthorized",
            "   POST /login, right password -> 200 OK, Set-Cookie: session=...; Path=/; HttpOnly; SameSite=Strict",
            r#"   WhoAmI -> Some("Ada")"#,
            "   POST /rename -> 204 No Content",
            r#"   WhoAmI -> Some("Grace")"#,
            "   Logout -> Ok(())",
            r#"   Redirect("/")"#,
            anonymous,
            "   WhoAmI on another socket -> None",
        ]
    );
}
