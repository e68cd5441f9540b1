package io.kvorum.node.ctl;

import io.kvorum.node.proto.auth.Permission;
import io.kvorum.node.proto.etcd.AuthGrpc;
import io.kvorum.node.proto.etcd.AuthRoleAddRequest;
import io.kvorum.node.proto.etcd.AuthRoleGetRequest;
import io.kvorum.node.proto.etcd.AuthRoleGrantPermissionRequest;
import io.kvorum.node.proto.etcd.AuthRoleListRequest;
import io.kvorum.node.proto.etcd.AuthRoleRevokePermissionRequest;
import io.kvorum.node.proto.etcd.AuthUserAddRequest;
import io.kvorum.node.proto.etcd.AuthUserGetRequest;
import io.kvorum.node.proto.etcd.AuthUserGrantRoleRequest;
import io.kvorum.node.proto.etcd.AuthUserListRequest;
import io.kvorum.node.proto.etcd.AuthUserRevokeRoleRequest;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// Copies users, roles, permissions and who has which role. Passwords are no part of any answer, so
/// a new user gets one that nobody knows, to be set by `user passwd`.
final class CopyOfAccounts {

  private static final int PASSWORD_BYTES = 33;
  private static final String ROOT = "root";

  private final Client source;
  private final Client target;
  private final SecureRandom random = new SecureRandom();

  CopyOfAccounts(Client source, Client target) {
    this.source = source;
    this.target = target;
  }

  /// What was copied.
  ///
  /// @param newUsers those that have no password that anybody knows
  record Copied(int roles, int users, List<String> newUsers) {
    Copied {
      newUsers = List.copyOf(newUsers);
    }
  }

  Copied run() throws Failure, IOException {
    List<String> present = roles(target);
    List<String> roles = roles(source);
    for (String role : roles) {
      if (!present.contains(role)) {
        AuthRoleAddRequest request = AuthRoleAddRequest.newBuilder().setName(role).build();
        var _ = target.read(channel -> AuthGrpc.newBlockingStub(channel).roleAdd(request));
      }
      copyPermissions(role);
    }
    List<String> known = users(target);
    List<String> users = users(source);
    var added = new ArrayList<String>();
    for (String user : users) {
      if (!known.contains(user)) {
        add(user);
        added.add(user);
      }
      copyGrants(user);
    }
    return new Copied(roles.size(), users.size(), added);
  }

  private static List<String> roles(Client client) throws Failure, IOException {
    AuthRoleListRequest request = AuthRoleListRequest.getDefaultInstance();
    return client
        .read(channel -> AuthGrpc.newBlockingStub(channel).roleList(request))
        .getRolesList();
  }

  private static List<String> users(Client client) throws Failure, IOException {
    AuthUserListRequest request = AuthUserListRequest.getDefaultInstance();
    return client
        .read(channel -> AuthGrpc.newBlockingStub(channel).userList(request))
        .getUsersList();
  }

  private void copyPermissions(String role) throws Failure, IOException {
    List<Permission> wanted = permissions(source, role);
    List<Permission> present = permissions(target, role);
    for (Permission permission : present) {
      if (!wanted.contains(permission)) {
        AuthRoleRevokePermissionRequest request =
            AuthRoleRevokePermissionRequest.newBuilder()
                .setRole(role)
                .setKey(permission.getKey())
                .setRangeEnd(permission.getRangeEnd())
                .build();
        var _ =
            target.read(channel -> AuthGrpc.newBlockingStub(channel).roleRevokePermission(request));
      }
    }
    for (Permission permission : wanted) {
      if (!present.contains(permission)) {
        AuthRoleGrantPermissionRequest request =
            AuthRoleGrantPermissionRequest.newBuilder().setName(role).setPerm(permission).build();
        var _ =
            target.read(channel -> AuthGrpc.newBlockingStub(channel).roleGrantPermission(request));
      }
    }
  }

  /// Root may do everything, which some releases show as a permission.
  private static List<Permission> permissions(Client client, String role)
      throws Failure, IOException {
    if (role.equals(ROOT)) {
      return List.of();
    }
    AuthRoleGetRequest request = AuthRoleGetRequest.newBuilder().setRole(role).build();
    return client.read(channel -> AuthGrpc.newBlockingStub(channel).roleGet(request)).getPermList();
  }

  private void add(String user) throws Failure, IOException {
    var bytes = new byte[PASSWORD_BYTES];
    random.nextBytes(bytes);
    AuthUserAddRequest request =
        AuthUserAddRequest.newBuilder()
            .setName(user)
            .setPassword(Base64.getEncoder().encodeToString(bytes))
            .build();
    var _ = target.read(channel -> AuthGrpc.newBlockingStub(channel).userAdd(request));
  }

  private void copyGrants(String user) throws Failure, IOException {
    List<String> wanted = grants(source, user);
    List<String> present = grants(target, user);
    for (String role : present) {
      if (!wanted.contains(role)) {
        AuthUserRevokeRoleRequest request =
            AuthUserRevokeRoleRequest.newBuilder().setName(user).setRole(role).build();
        var _ = target.read(channel -> AuthGrpc.newBlockingStub(channel).userRevokeRole(request));
      }
    }
    for (String role : wanted) {
      if (!present.contains(role)) {
        AuthUserGrantRoleRequest request =
            AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role).build();
        var _ = target.read(channel -> AuthGrpc.newBlockingStub(channel).userGrantRole(request));
      }
    }
  }

  private static List<String> grants(Client client, String user) throws Failure, IOException {
    AuthUserGetRequest request = AuthUserGetRequest.newBuilder().setName(user).build();
    return client
        .read(channel -> AuthGrpc.newBlockingStub(channel).userGet(request))
        .getRolesList();
  }
}
