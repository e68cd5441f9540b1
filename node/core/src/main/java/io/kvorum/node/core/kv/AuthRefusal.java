package io.kvorum.node.core.kv;

/// Why users, roles and permissions do not allow something.
public enum AuthRefusal {
  NOT_ENABLED,
  /// Name or password is wrong.
  WRONG_PASSWORD,
  /// The user has no password.
  PASSWORDLESS,
  /// Nobody asks; or the name of a new user is empty.
  USER_EMPTY,
  USER_EXISTS,
  USER_NOT_FOUND,
  ROLE_EMPTY,
  ROLE_EXISTS,
  ROLE_NOT_FOUND,
  ROLE_NOT_GRANTED,
  PERMISSION_NOT_GRANTED,
  ROOT_USER_MISSING,
  ROOT_ROLE_MISSING,
  /// It would take away the root user, or the range of a permission is not one.
  INVALID_MANAGEMENT,
  PERMISSION_DENIED,
  /// Users or roles have changed since the asking user was established.
  OLD_REVISION
}
