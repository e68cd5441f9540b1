package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.kvorum.node.proto.auth.Permission;
import io.kvorum.node.proto.auth.UserAddOptions;
import io.kvorum.node.proto.etcd.AuthDisableRequest;
import io.kvorum.node.proto.etcd.AuthEnableRequest;
import io.kvorum.node.proto.etcd.AuthGrpc;
import io.kvorum.node.proto.etcd.AuthRoleAddRequest;
import io.kvorum.node.proto.etcd.AuthRoleDeleteRequest;
import io.kvorum.node.proto.etcd.AuthRoleGetRequest;
import io.kvorum.node.proto.etcd.AuthRoleGetResponse;
import io.kvorum.node.proto.etcd.AuthRoleGrantPermissionRequest;
import io.kvorum.node.proto.etcd.AuthRoleListRequest;
import io.kvorum.node.proto.etcd.AuthRoleListResponse;
import io.kvorum.node.proto.etcd.AuthRoleRevokePermissionRequest;
import io.kvorum.node.proto.etcd.AuthStatusRequest;
import io.kvorum.node.proto.etcd.AuthStatusResponse;
import io.kvorum.node.proto.etcd.AuthUserAddRequest;
import io.kvorum.node.proto.etcd.AuthUserChangePasswordRequest;
import io.kvorum.node.proto.etcd.AuthUserDeleteRequest;
import io.kvorum.node.proto.etcd.AuthUserGetRequest;
import io.kvorum.node.proto.etcd.AuthUserGetResponse;
import io.kvorum.node.proto.etcd.AuthUserGrantRoleRequest;
import io.kvorum.node.proto.etcd.AuthUserListRequest;
import io.kvorum.node.proto.etcd.AuthUserListResponse;
import io.kvorum.node.proto.etcd.AuthUserRevokeRoleRequest;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// Users, roles, and whether they are in force.
final class AuthCommands {

  private static final ByteString ZERO = ByteString.copyFrom(new byte[] {0});
  private static final String ROOT = "root";

  private static final List<Flag> RANGE =
      List.of(
          Flag.toggle("prefix", "all keys that start with KEY"),
          Flag.toggle("from-key", "KEY and all keys behind it"));

  private static final Flag INTERACTIVE =
      new Flag(
          "interactive",
          Flag.NO_LETTER,
          Flag.Kind.SWITCH,
          "true",
          "ask for the password; otherwise it is read from the input");

  static final List<Command> AUTH =
      List.of(
          command("auth enable", "", "ask every caller who it is", AuthCommands::enable),
          command("auth disable", "", "let everybody do everything", AuthCommands::disable),
          command("auth status", "", "print whether callers are asked", AuthCommands::status));

  static final List<Command> USERS =
      List.of(
          new Command(
              "user add",
              "NAME[:PASSWORD]",
              "add a user",
              "",
              List.of(
                  INTERACTIVE,
                  Flag.text("new-user-password", "", "the user's password"),
                  Flag.toggle("no-password", "known by a certificate only")),
              AuthCommands::addUser),
          command("user delete", "NAME", "delete a user", AuthCommands::deleteUser),
          new Command(
              "user get",
              "NAME",
              "print a user's roles",
              "",
              List.of(Flag.toggle("detail", "print what the roles allow, too")),
              AuthCommands::getUser),
          command("user list", "", "print all users", AuthCommands::listUsers),
          new Command(
              "user passwd",
              "NAME",
              "change a user's password",
              "",
              List.of(INTERACTIVE),
              AuthCommands::changePassword),
          command("user grant-role", "NAME ROLE", "give a role to a user", AuthCommands::grantRole),
          command(
              "user revoke-role",
              "NAME ROLE",
              "take a role from a user",
              AuthCommands::revokeRole));

  static final List<Command> ROLES =
      List.of(
          command("role add", "NAME", "add a role", AuthCommands::addRole),
          command("role delete", "NAME", "delete a role", AuthCommands::deleteRole),
          command("role get", "NAME", "print what a role allows", AuthCommands::getRole),
          command("role list", "", "print all roles", AuthCommands::listRoles),
          new Command(
              "role grant-permission",
              "ROLE read|write|readwrite KEY [END]",
              "let a role use keys",
              "",
              RANGE,
              AuthCommands::grantPermission),
          new Command(
              "role revoke-permission",
              "ROLE KEY [END]",
              "take a role's permission away",
              "The range must be one that was granted.",
              RANGE,
              AuthCommands::revokePermission));

  private AuthCommands() {}

  private static Command command(
      String path, String arguments, String summary, Command.Action action) {
    return new Command(path, arguments, summary, "", List.of(), action);
  }

  private static <T extends Message> T call(
      Invocation invocation, Function<AuthGrpc.AuthBlockingStub, T> call)
      throws Failure, IOException {
    return invocation.client().write(channel -> call.apply(AuthGrpc.newBlockingStub(channel)));
  }

  private static <T extends Message> void say(
      Invocation invocation, String line, Function<AuthGrpc.AuthBlockingStub, T> call)
      throws Failure, IOException {
    invocation.print(new Answer.Accounts(call(invocation, call), List.of(line)));
  }

  private static void require(Invocation invocation, int arguments, String message) throws Failure {
    if (invocation.arguments().size() != arguments) {
      throw Failure.badArguments(message);
    }
  }

  // ---- auth

  /// A root user without its role is given it, as people expect.
  private static void enable(Invocation invocation) throws Failure, IOException {
    require(invocation, 0, "auth enable command does not accept any arguments");
    AuthEnableRequest request = AuthEnableRequest.getDefaultInstance();
    try {
      say(invocation, "Authentication Enabled", auth -> auth.authEnable(request));
    } catch (Failure e) {
      if (!e.text().contains("root user does not have root role")) {
        throw e;
      }
      try {
        call(
            invocation,
            auth -> auth.roleAdd(AuthRoleAddRequest.newBuilder().setName(ROOT).build()));
      } catch (Failure exists) {
        if (!exists.text().contains("role name already exists")) {
          throw exists;
        }
      }
      call(
          invocation,
          auth ->
              auth.userGrantRole(
                  AuthUserGrantRoleRequest.newBuilder().setUser(ROOT).setRole(ROOT).build()));
      say(invocation, "Authentication Enabled", auth -> auth.authEnable(request));
    }
  }

  private static void disable(Invocation invocation) throws Failure, IOException {
    require(invocation, 0, "auth disable command does not accept any arguments");
    say(
        invocation,
        "Authentication Disabled",
        auth -> auth.authDisable(AuthDisableRequest.getDefaultInstance()));
  }

  private static void status(Invocation invocation) throws Failure, IOException {
    require(invocation, 0, "auth status command does not accept any arguments");
    AuthStatusResponse status =
        call(invocation, auth -> auth.authStatus(AuthStatusRequest.getDefaultInstance()));
    invocation.print(
        new Answer.Accounts(
            status,
            List.of(
                "Authentication Status: " + status.getEnabled(),
                "AuthRevision: " + Long.toUnsignedString(status.getAuthRevision()))));
  }

  // ---- user

  private static void addUser(Invocation invocation) throws Failure, IOException {
    require(invocation, 1, "user add command requires user name as its argument");
    String name = invocation.argument(0);
    var request = AuthUserAddRequest.newBuilder();
    if (invocation.flags().on("no-password")) {
      request.setOptions(UserAddOptions.newBuilder().setNoPassword(true));
    } else {
      request.setOptions(UserAddOptions.getDefaultInstance());
      String given = invocation.flags().text("new-user-password");
      int colon = name.indexOf(':');
      if (!given.isEmpty()) {
        request.setPassword(given);
      } else if (colon >= 0) {
        request.setPassword(name.substring(colon + 1));
        name = name.substring(0, colon);
        if (name.isEmpty()) {
          throw Failure.badArguments("empty user name is not allowed");
        }
      } else {
        request.setPassword(newPassword(invocation, name));
      }
    }
    AuthUserAddRequest add = request.setName(name).build();
    say(invocation, "User " + name + " created", auth -> auth.userAdd(add));
  }

  private static String newPassword(Invocation invocation, String name)
      throws Failure, Output.Closed {
    if (!invocation.flags().on("interactive")) {
      return Prompt.secret(invocation.console(), "");
    }
    String password = Prompt.secret(invocation.console(), "Password of " + name + ": ");
    if (password.isEmpty()) {
      throw Failure.badArguments("empty password");
    }
    String again =
        Prompt.secret(
            invocation.console(), "Type password of " + name + " again for confirmation: ");
    if (!password.equals(again)) {
      throw Failure.badArguments("given passwords are different");
    }
    return password;
  }

  private static void deleteUser(Invocation invocation) throws Failure, IOException {
    require(invocation, 1, "user delete command requires user name as its argument");
    String name = invocation.argument(0);
    AuthUserDeleteRequest request = AuthUserDeleteRequest.newBuilder().setName(name).build();
    say(invocation, "User " + name + " deleted", auth -> auth.userDelete(request));
  }

  private static void getUser(Invocation invocation) throws Failure, IOException {
    require(invocation, 1, "user get command requires user name as its argument");
    String name = invocation.argument(0);
    AuthUserGetRequest request = AuthUserGetRequest.newBuilder().setName(name).build();
    AuthUserGetResponse user = call(invocation, auth -> auth.userGet(request));
    if (invocation.flags().on("detail")) {
      invocation.console().output().line("User: " + name);
      for (String role : user.getRolesList()) {
        invocation.console().output().line("");
        invocation.print(role(role, role(invocation, role)));
      }
      return;
    }
    String roles = String.join(" ", user.getRolesList());
    invocation.print(
        new Answer.Accounts(
            user, List.of("User: " + name, "Roles:" + (roles.isEmpty() ? "" : " " + roles))));
  }

  private static void listUsers(Invocation invocation) throws Failure, IOException {
    require(invocation, 0, "user list command requires no arguments");
    AuthUserListResponse users =
        call(invocation, auth -> auth.userList(AuthUserListRequest.getDefaultInstance()));
    invocation.print(new Answer.Accounts(users, users.getUsersList()));
  }

  private static void changePassword(Invocation invocation) throws Failure, IOException {
    require(invocation, 1, "user passwd command requires user name as its argument");
    String name = invocation.argument(0);
    AuthUserChangePasswordRequest request =
        AuthUserChangePasswordRequest.newBuilder()
            .setName(name)
            .setPassword(newPassword(invocation, name))
            .build();
    say(invocation, "Password updated", auth -> auth.userChangePassword(request));
  }

  private static void grantRole(Invocation invocation) throws Failure, IOException {
    require(invocation, 2, "user grant command requires user name and role name as its argument");
    String user = invocation.argument(0);
    String role = invocation.argument(1);
    AuthUserGrantRoleRequest request =
        AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role).build();
    say(
        invocation,
        "Role " + role + " is granted to user " + user,
        auth -> auth.userGrantRole(request));
  }

  private static void revokeRole(Invocation invocation) throws Failure, IOException {
    require(invocation, 2, "user revoke-role requires user name and role name as its argument");
    String user = invocation.argument(0);
    String role = invocation.argument(1);
    AuthUserRevokeRoleRequest request =
        AuthUserRevokeRoleRequest.newBuilder().setName(user).setRole(role).build();
    say(
        invocation,
        "Role " + role + " is revoked from user " + user,
        auth -> auth.userRevokeRole(request));
  }

  // ---- role

  private static void addRole(Invocation invocation) throws Failure, IOException {
    require(invocation, 1, "role add command requires role name as its argument");
    String name = invocation.argument(0);
    AuthRoleAddRequest request = AuthRoleAddRequest.newBuilder().setName(name).build();
    say(invocation, "Role " + name + " created", auth -> auth.roleAdd(request));
  }

  private static void deleteRole(Invocation invocation) throws Failure, IOException {
    require(invocation, 1, "role delete command requires role name as its argument");
    String name = invocation.argument(0);
    AuthRoleDeleteRequest request = AuthRoleDeleteRequest.newBuilder().setRole(name).build();
    say(invocation, "Role " + name + " deleted", auth -> auth.roleDelete(request));
  }

  private static void getRole(Invocation invocation) throws Failure, IOException {
    require(invocation, 1, "role get command requires role name as its argument");
    String name = invocation.argument(0);
    invocation.print(role(name, role(invocation, name)));
  }

  private static AuthRoleGetResponse role(Invocation invocation, String name)
      throws Failure, IOException {
    AuthRoleGetRequest request = AuthRoleGetRequest.newBuilder().setRole(name).build();
    return call(invocation, auth -> auth.roleGet(request));
  }

  private static Answer.Accounts role(String name, AuthRoleGetResponse role) {
    return new Answer.Accounts(role, PermissionText.lines(name, role.getPermList()));
  }

  private static void listRoles(Invocation invocation) throws Failure, IOException {
    require(invocation, 0, "role list command requires no arguments");
    AuthRoleListResponse roles =
        call(invocation, auth -> auth.roleList(AuthRoleListRequest.getDefaultInstance()));
    invocation.print(new Answer.Accounts(roles, roles.getRolesList()));
  }

  private static void grantPermission(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() < 3) {
      throw Failure.badArguments(
          "role grant command requires role name, permission type, and key [endkey] as its"
              + " argument");
    }
    Permission.Type type =
        switch (invocation.argument(1).toLowerCase(Locale.ROOT)) {
          case "read" -> Permission.Type.READ;
          case "write" -> Permission.Type.WRITE;
          case "readwrite" -> Permission.Type.READWRITE;
          case String _ ->
              throw Failure.badArguments("invalid permission type: " + invocation.argument(1));
        };
    Permission range = range(invocation, 2);
    String role = invocation.argument(0);
    AuthRoleGrantPermissionRequest request =
        AuthRoleGrantPermissionRequest.newBuilder()
            .setName(role)
            .setPerm(range.toBuilder().setPermType(type))
            .build();
    say(invocation, "Role " + role + " updated", auth -> auth.roleGrantPermission(request));
  }

  private static void revokePermission(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() < 2) {
      throw Failure.badArguments(
          "role revoke-permission command requires role name and key [endkey] as its argument");
    }
    Permission range = range(invocation, 1);
    String role = invocation.argument(0);
    AuthRoleRevokePermissionRequest request =
        AuthRoleRevokePermissionRequest.newBuilder()
            .setRole(role)
            .setKey(range.getKey())
            .setRangeEnd(range.getRangeEnd())
            .build();
    say(
        invocation,
        "Permission of " + PermissionText.subject(range) + " is revoked from role " + role,
        auth -> auth.roleRevokePermission(request));
  }

  /// The range that the arguments from one on and the flags name.
  private static Permission range(Invocation invocation, int from) throws Failure {
    List<ByteString> arguments = invocation.arguments();
    boolean prefix = invocation.flags().on("prefix");
    boolean fromKey = invocation.flags().on("from-key");
    if (prefix && fromKey) {
      throw Failure.badArguments("--from-key and --prefix flags are mutually exclusive");
    }
    ByteString key = arguments.get(from);
    if (arguments.size() > from + 1) {
      if (prefix || fromKey || arguments.size() > from + 2) {
        throw Failure.badArguments("unexpected endkey argument with --prefix or --from-key flag");
      }
      return Permission.newBuilder().setKey(key).setRangeEnd(arguments.get(from + 1)).build();
    }
    if (key.isEmpty() && (prefix || fromKey)) {
      return Permission.newBuilder().setKey(ZERO).setRangeEnd(ZERO).build();
    }
    if (prefix) {
      return Permission.newBuilder()
          .setKey(key)
          .setRangeEnd(PermissionText.endOfPrefix(key))
          .build();
    }
    return fromKey
        ? Permission.newBuilder().setKey(key).setRangeEnd(ZERO).build()
        : Permission.newBuilder().setKey(key).build();
  }
}
