struct Redirect(pub String);
