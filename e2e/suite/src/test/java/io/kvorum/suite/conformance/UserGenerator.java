package io.kvorum.suite.conformance;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.auth.Permission;
import io.kvorum.node.proto.auth.UserAddOptions;
import io.kvorum.node.proto.etcd.AuthDisableRequest;
import io.kvorum.node.proto.etcd.AuthEnableRequest;
import io.kvorum.node.proto.etcd.AuthRoleAddRequest;
import io.kvorum.node.proto.etcd.AuthRoleDeleteRequest;
import io.kvorum.node.proto.etcd.AuthRoleGetRequest;
import io.kvorum.node.proto.etcd.AuthRoleGrantPermissionRequest;
import io.kvorum.node.proto.etcd.AuthRoleListRequest;
import io.kvorum.node.proto.etcd.AuthRoleRevokePermissionRequest;
import io.kvorum.node.proto.etcd.AuthUserAddRequest;
import io.kvorum.node.proto.etcd.AuthUserChangePasswordRequest;
import io.kvorum.node.proto.etcd.AuthUserDeleteRequest;
import io.kvorum.node.proto.etcd.AuthUserGetRequest;
import io.kvorum.node.proto.etcd.AuthUserGrantRoleRequest;
import io.kvorum.node.proto.etcd.AuthUserListRequest;
import io.kvorum.node.proto.etcd.AuthUserRevokeRoleRequest;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Makes the calls about users and roles, few of each, so that they meet.
final class UserGenerator {

  private static final List<String> USERS = List.of(Server.ROOT, "u", "v");
  private static final List<String> ROLES = List.of("a", "b", Server.ROOT);

  private final RandomGenerator random;
  private final Supplier<ByteString> keys;
  private final Supplier<ByteString> rangeEnds;

  UserGenerator(RandomGenerator random, Supplier<ByteString> keys, Supplier<ByteString> rangeEnds) {
    this.random = random;
    this.keys = keys;
    this.rangeEnds = rangeEnds;
  }

  /// What it takes to have users in force, some of whom may do something.
  List<Step> beginning() {
    return List.of(
        addUser(Server.ROOT),
        addUser("u"),
        new Step.Call("Auth/RoleAdd", AuthRoleAddRequest.newBuilder().setName("a").build()),
        new Step.Call("Auth/RoleGrantPermission", permission("a")),
        new Step.Call("Auth/RoleGrantPermission", permission("a")),
        new Step.Call("Auth/UserGrantRole", grant("u", "a")),
        new Step.Call("Auth/UserGrantRole", grant(Server.ROOT, Server.ROOT)),
        enable());
  }

  private static Step.Call addUser(String name) {
    var request =
        AuthUserAddRequest.newBuilder()
            .setName(name)
            .setPassword(Server.PASSWORD)
            .setOptions(UserAddOptions.getDefaultInstance());
    return new Step.Call("Auth/UserAdd", request.build());
  }

  private static Step.Call enable() {
    return new Step.Call("Auth/AuthEnable", AuthEnableRequest.getDefaultInstance());
  }

  /// Somebody, most often one who may do some of it.
  String caller() {
    return switch (random.nextInt(10)) {
      case 0 -> "";
      case 1, 2, 3 -> Server.ROOT;
      case 4 -> "v";
      default -> "u";
    };
  }

  /// Mostly made by root.
  Step.Call call() {
    Step.Call call =
        switch (random.nextInt(14)) {
          case 0 -> enable();
          case 1 -> new Step.Call("Auth/AuthDisable", AuthDisableRequest.getDefaultInstance());
          case 2 -> addUser(user());
          case 3 ->
              new Step.Call(
                  "Auth/UserDelete", AuthUserDeleteRequest.newBuilder().setName(user()).build());
          case 4 ->
              new Step.Call(
                  "Auth/UserGet", AuthUserGetRequest.newBuilder().setName(user()).build());
          case 5 -> new Step.Call("Auth/UserList", AuthUserListRequest.getDefaultInstance());
          case 6 -> changedPassword();
          case 7 -> new Step.Call("Auth/UserGrantRole", grant(user(), role()));
          case 8 ->
              new Step.Call(
                  "Auth/UserRevokeRole",
                  AuthUserRevokeRoleRequest.newBuilder().setName(user()).setRole(role()).build());
          case 9 ->
              new Step.Call(
                  "Auth/RoleAdd", AuthRoleAddRequest.newBuilder().setName(role()).build());
          case 10 ->
              new Step.Call(
                  "Auth/RoleGet", AuthRoleGetRequest.newBuilder().setRole(role()).build());
          case 11 -> deletedOrListed();
          case 12 -> new Step.Call("Auth/RoleGrantPermission", permission(role()));
          default ->
              new Step.Call(
                  "Auth/RoleRevokePermission",
                  AuthRoleRevokePermissionRequest.newBuilder()
                      .setRole(role())
                      .setKey(keys.get())
                      .setRangeEnd(rangeEnds.get())
                      .build());
        };
    return call.by(random.nextInt(3) > 0 ? Server.ROOT : caller());
  }

  private Step.Call deletedOrListed() {
    return random.nextBoolean()
        ? new Step.Call("Auth/RoleList", AuthRoleListRequest.getDefaultInstance())
        : new Step.Call(
            "Auth/RoleDelete", AuthRoleDeleteRequest.newBuilder().setRole(role()).build());
  }

  /// Never root's: the next sequence needs it.
  private Step.Call changedPassword() {
    return new Step.Call(
        "Auth/UserChangePassword",
        AuthUserChangePasswordRequest.newBuilder()
            .setName(random.nextInt(6) == 0 ? "w" : "v")
            .setPassword(random.nextBoolean() ? Server.PASSWORD : "other")
            .build());
  }

  private String user() {
    return random.nextInt(30) == 0 ? "" : USERS.get(random.nextInt(USERS.size()));
  }

  private String role() {
    return random.nextInt(30) == 0 ? "" : ROLES.get(random.nextInt(ROLES.size()));
  }

  private static AuthUserGrantRoleRequest grant(String user, String role) {
    return AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role).build();
  }

  private AuthRoleGrantPermissionRequest permission(String role) {
    return AuthRoleGrantPermissionRequest.newBuilder()
        .setName(role)
        .setPerm(
            Permission.newBuilder()
                .setPermType(Permission.Type.forNumber(random.nextInt(3)))
                .setKey(keys.get())
                .setRangeEnd(rangeEnds.get()))
        .build();
  }
}
