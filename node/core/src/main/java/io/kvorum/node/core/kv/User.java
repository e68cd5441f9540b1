package io.kvorum.node.core.kv;

import java.util.List;

/// An account.
///
/// @param passwordHash as bcrypt writes it; empty when the user has none
/// @param passwordless whether the user can only be known by a certificate
/// @param roles sorted
/// @param changedAt the auth revision at which it was added or given its password: tokens from
///   before are void. Roles may change under a token, which then allows what they allow
public record User(
    String name, String passwordHash, boolean passwordless, List<String> roles, long changedAt) {

  public User {
    roles = List.copyOf(roles);
  }

  boolean isRoot() {
    return roles.contains(Accounts.ROOT);
  }

  User withPasswordHash(String hash) {
    return new User(name, hash, passwordless, roles, changedAt);
  }

  User withRoles(List<String> newRoles) {
    return new User(name, passwordHash, passwordless, newRoles, changedAt);
  }

  User changedAt(long revision) {
    return new User(name, passwordHash, passwordless, roles, revision);
  }
}
