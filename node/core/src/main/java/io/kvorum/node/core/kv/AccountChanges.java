package io.kvorum.node.core.kv;

import java.util.ArrayList;
import java.util.List;

/// What a command does to the accounts. Who may give it has been decided before, see `Access`.
final class AccountChanges {

  private final Accounts accounts;
  private final KvStore.Batch batch;

  /// What became of a command.
  sealed interface Result {
    record Changed(Accounts accounts) implements Result {}

    /// It is as wanted already, or nothing but a token comes of it.
    record Unchanged() implements Result {}

    record Refused(AuthRefusal reason) implements Result {}
  }

  private static final Result UNCHANGED = new Result.Unchanged();

  AccountChanges(Accounts accounts, KvStore.Batch batch) {
    this.accounts = accounts;
    this.batch = batch;
  }

  Result apply(AuthCommand command) {
    return switch (command) {
      case AuthCommand.Enable _ -> enable();
      case AuthCommand.Disable _ ->
          accounts.enabled() ? new Result.Changed(edit().disabled()) : UNCHANGED;
      case AuthCommand.Authenticate authenticate -> authenticate(authenticate);
      case AuthCommand.UserAdd add -> add(add);
      case AuthCommand.UserDelete(String name) -> deleteUser(name);
      case AuthCommand.ChangePassword(String name, String hash) -> changePassword(name, hash);
      case AuthCommand.GrantRole(String user, String role) -> grantRole(user, role);
      case AuthCommand.RevokeRole(String user, String role) -> revokeRole(user, role);
      case AuthCommand.RoleAdd(String name) -> addRole(name);
      case AuthCommand.RoleDelete(String name) -> deleteRole(name);
      case AuthCommand.GrantPermission(String role, Permission granted) -> grant(role, granted);
      case AuthCommand.RevokePermission(String role, Bytes key, Bytes end) ->
          revoke(role, key, end);
    };
  }

  private Accounts.Edit edit() {
    return new Accounts.Edit(accounts, batch);
  }

  private static Result refused(AuthRefusal reason) {
    return new Result.Refused(reason);
  }

  private Result enable() {
    if (accounts.enabled()) {
      return UNCHANGED;
    }
    User root = accounts.maybeUser(Accounts.ROOT);
    if (root == null) {
      return refused(AuthRefusal.ROOT_USER_MISSING);
    }
    return root.isRoot()
        ? new Result.Changed(edit().enabled())
        : refused(AuthRefusal.ROOT_ROLE_MISSING);
  }

  /// The password was compared with what was known at the auth revision; it may have changed since.
  private Result authenticate(AuthCommand.Authenticate command) {
    if (!accounts.enabled()) {
      return refused(AuthRefusal.NOT_ENABLED);
    }
    if (command.authRevision() != accounts.revision()) {
      return refused(AuthRefusal.OLD_REVISION);
    }
    return accounts.maybeUser(command.user()) == null
        ? refused(AuthRefusal.WRONG_PASSWORD)
        : UNCHANGED;
  }

  private Result add(AuthCommand.UserAdd add) {
    if (add.name().isEmpty()) {
      return refused(AuthRefusal.USER_EMPTY);
    }
    if (accounts.maybeUser(add.name()) != null) {
      return refused(AuthRefusal.USER_EXISTS);
    }
    var user = new User(add.name(), add.passwordHash(), add.passwordless(), List.of(), 0);
    return new Result.Changed(edit().putAnew(user).done());
  }

  private Result deleteUser(String name) {
    if (accounts.enabled() && name.equals(Accounts.ROOT)) {
      return refused(AuthRefusal.INVALID_MANAGEMENT);
    }
    return accounts.maybeUser(name) == null
        ? refused(AuthRefusal.USER_NOT_FOUND)
        : new Result.Changed(edit().removeUser(name).done());
  }

  private Result changePassword(String name, String hash) {
    User user = accounts.maybeUser(name);
    if (user == null) {
      return refused(AuthRefusal.USER_NOT_FOUND);
    }
    User changed = user.withPasswordHash(user.passwordless() ? "" : hash);
    return new Result.Changed(edit().putAnew(changed).done());
  }

  private Result grantRole(String name, String role) {
    User user = accounts.maybeUser(name);
    if (user == null) {
      return refused(AuthRefusal.USER_NOT_FOUND);
    }
    if (!role.equals(Accounts.ROOT) && accounts.maybeRole(role) == null) {
      return refused(AuthRefusal.ROLE_NOT_FOUND);
    }
    if (user.roles().contains(role)) {
      return UNCHANGED;
    }
    var roles = new ArrayList<String>(user.roles());
    roles.add(role);
    roles.sort((a, b) -> Bytes.utf8(a).compareTo(Bytes.utf8(b)));
    return new Result.Changed(edit().put(user.withRoles(roles)).done());
  }

  private Result revokeRole(String name, String role) {
    if (accounts.enabled() && name.equals(Accounts.ROOT) && role.equals(Accounts.ROOT)) {
      return refused(AuthRefusal.INVALID_MANAGEMENT);
    }
    User user = accounts.maybeUser(name);
    if (user == null) {
      return refused(AuthRefusal.USER_NOT_FOUND);
    }
    if (!user.roles().contains(role)) {
      return refused(AuthRefusal.ROLE_NOT_GRANTED);
    }
    List<String> left = user.roles().stream().filter(other -> !other.equals(role)).toList();
    return new Result.Changed(edit().put(user.withRoles(left)).done());
  }

  private Result addRole(String name) {
    if (name.isEmpty()) {
      return refused(AuthRefusal.ROLE_EMPTY);
    }
    return accounts.maybeRole(name) != null
        ? refused(AuthRefusal.ROLE_EXISTS)
        : new Result.Changed(edit().put(new Role(name, List.of())).done());
  }

  private Result deleteRole(String name) {
    if (accounts.enabled() && name.equals(Accounts.ROOT)) {
      return refused(AuthRefusal.INVALID_MANAGEMENT);
    }
    return accounts.maybeRole(name) == null
        ? refused(AuthRefusal.ROLE_NOT_FOUND)
        : new Result.Changed(edit().removeRole(name).done());
  }

  private Result grant(String name, Permission permission) {
    if (!permission.isValid()) {
      return refused(AuthRefusal.INVALID_MANAGEMENT);
    }
    Role role = accounts.maybeRole(name);
    return role == null
        ? refused(AuthRefusal.ROLE_NOT_FOUND)
        : new Result.Changed(edit().put(role.with(permission)).done());
  }

  private Result revoke(String name, Bytes key, Bytes rangeEnd) {
    Role role = accounts.maybeRole(name);
    if (role == null) {
      return refused(AuthRefusal.ROLE_NOT_FOUND);
    }
    Role changed = role.without(key, rangeEnd);
    return changed.permissions().size() == role.permissions().size()
        ? refused(AuthRefusal.PERMISSION_NOT_GRANTED)
        : new Result.Changed(edit().put(changed).done());
  }
}
