//! Values by their type, that an application keeps with a request and its socket.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

type Values = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// Values by their type, such as the user: one of each type.
///
/// The request hook puts them in, acceptors see them, and both may replace
/// them while the socket lives: who asks next sees the new one.
///
/// ```
/// use packets_server::Extensions;
///
/// #[derive(Debug, PartialEq)]
/// struct User(&'static str);
///
/// let extensions = Extensions::default();
/// assert_eq!(extensions.get::<User>(), None);
/// extensions.insert(User("Ada"));
/// extensions.insert(User("Grace"));
/// assert_eq!(*extensions.get::<User>().unwrap(), User("Grace"));
/// ```
#[derive(Default)]
pub struct Extensions {
    /// Most sockets have none, and shall not pay for them.
    values: RwLock<Option<Box<Values>>>,
}

impl Extensions {
    /// Puts a value in, in the place of the one of its type.
    pub fn insert<T: Send + Sync + 'static>(&self, value: T) -> Option<Arc<T>> {
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        let before = values.get_or_insert_default().insert(TypeId::of::<T>(), Arc::new(value));
        before.and_then(|before| before.downcast().ok())
    }

    /// The value of a type.
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        values.as_ref()?.get(&TypeId::of::<T>())?.clone().downcast().ok()
    }

    /// Takes the value of a type out.
    pub fn remove<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        values.as_mut()?.remove(&TypeId::of::<T>())?.downcast().ok()
    }
}

impl std::fmt::Debug for Extensions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("Extensions").field("len", &values.as_ref().map_or(0, |values| values.len())).finish()
    }
}
