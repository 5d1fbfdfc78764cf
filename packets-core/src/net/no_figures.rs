//! What stands for the figures without the feature `metrics`: nothing is counted.

use std::time::Instant;

use super::backlog::Load;
use super::resume::Recovered;
use super::send_error::SendError;
use crate::close::CloseReason;
use crate::registry::{PacketId, Registry};
use crate::reject::RejectKind;

/// No figures.
#[derive(Clone, Debug)]
pub struct Figures;

/// Nothing is among them.
#[derive(Debug, Default)]
pub(super) struct Queued(());

/// Nor is this.
pub(super) struct Waits(());

impl Figures {
    /// None.
    #[must_use]
    pub const fn server(_: &Registry) -> Self {
        Self
    }

    /// None.
    #[must_use]
    pub const fn client(_: &Registry) -> Self {
        Self
    }

    /// Counts nothing.
    pub const fn refused(_: u16) {}

    pub(super) const fn is_live(&self) -> bool {
        false
    }

    pub(super) const fn not_greeted(&self, _: &CloseReason) {}

    pub(super) const fn opened(&self) {}

    pub(super) const fn closed(&self, _: &CloseReason) {}

    pub(super) const fn detached(&self) -> Waits {
        Waits(())
    }

    pub(super) const fn resumed(&self, _: Recovered) {}

    pub(super) const fn expired(&self) {}

    pub(super) const fn received(&self, _: PacketId, _: usize) {}

    pub(super) const fn sent(&self, _: PacketId, _: usize) {}

    pub(super) const fn accepted(&self, _: PacketId, _: Instant) {}

    pub(super) const fn replied(&self, _: PacketId, _: usize) {}

    pub(super) const fn rejected(&self, _: RejectKind) {}

    pub(super) const fn dropped(&self, _: RejectKind) {}

    pub(super) const fn full(&self) {}

    pub(super) const fn oldest(&self) {}

    pub(super) const fn replaced(&self) {}

    pub(super) const fn called<R>(&self, _: PacketId, _: Instant, _: &Result<R, SendError>) {}

    pub(super) const fn cancelled(&self) {}

    pub(super) const fn queued(&self, _: &mut Queued, _: Load) {}
}
