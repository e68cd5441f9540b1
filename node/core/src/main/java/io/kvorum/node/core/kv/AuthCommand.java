package io.kvorum.node.core.kv;

/// A change of users, roles and their rights. Passwords come as hashes and tokens as digests: the
/// log never holds a secret that could be used.
public sealed interface AuthCommand extends Command {

  record Enable() implements AuthCommand {}

  record Disable() implements AuthCommand {}

  /// A user has shown the right password at the auth revision; the digest is that of the token
  /// given out for it, empty when tokens prove themselves.
  record Authenticate(String user, Bytes tokenDigest, long authRevision) implements AuthCommand {}

  record UserAdd(String name, String passwordHash, boolean passwordless) implements AuthCommand {}

  record UserDelete(String name) implements AuthCommand {}

  record ChangePassword(String name, String passwordHash) implements AuthCommand {}

  record GrantRole(String user, String role) implements AuthCommand {}

  record RevokeRole(String user, String role) implements AuthCommand {}

  record RoleAdd(String name) implements AuthCommand {}

  record RoleDelete(String name) implements AuthCommand {}

  record GrantPermission(String role, Permission permission) implements AuthCommand {}

  record RevokePermission(String role, Bytes key, Bytes rangeEnd) implements AuthCommand {}
}
