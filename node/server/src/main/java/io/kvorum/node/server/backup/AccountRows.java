package io.kvorum.node.server.backup;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Permission;
import io.kvorum.node.core.kv.Role;
import io.kvorum.node.core.kv.User;
import io.kvorum.node.proto.auth.UserAddOptions;

/// How etcd writes users and roles: the name, and the `authpb` message.
final class AccountRows {

  private AccountRows() {}

  static byte[] value(User user) {
    return io.kvorum.node.proto.auth.User.newBuilder()
        .setName(ByteString.copyFromUtf8(user.name()))
        .setPassword(ByteString.copyFromUtf8(user.passwordHash()))
        .addAllRoles(user.roles())
        .setOptions(UserAddOptions.newBuilder().setNoPassword(user.passwordless()))
        .build()
        .toByteArray();
  }

  static byte[] value(Role role) {
    var value =
        io.kvorum.node.proto.auth.Role.newBuilder().setName(ByteString.copyFromUtf8(role.name()));
    for (Permission permission : role.permissions()) {
      value.addKeyPermission(
          io.kvorum.node.proto.auth.Permission.newBuilder()
              .setPermType(
                  switch (permission.type()) {
                    case READ -> io.kvorum.node.proto.auth.Permission.Type.READ;
                    case WRITE -> io.kvorum.node.proto.auth.Permission.Type.WRITE;
                    case READ_WRITE -> io.kvorum.node.proto.auth.Permission.Type.READWRITE;
                  })
              .setKey(UnsafeByteOperations.unsafeWrap(permission.key().array()))
              .setRangeEnd(UnsafeByteOperations.unsafeWrap(permission.rangeEnd().array())));
    }
    return value.build().toByteArray();
  }

  /// @param authRevision that of the backup
  static User user(byte[] value, long authRevision) {
    try {
      var user = io.kvorum.node.proto.auth.User.parseFrom(value);
      return new User(
          user.getName().toStringUtf8(),
          user.getPassword().toStringUtf8(),
          user.getOptions().getNoPassword(),
          user.getRolesList().stream().sorted().toList(),
          authRevision);
    } catch (InvalidProtocolBufferException e) {
      throw new DamagedBackupException("a user that cannot be read: " + e.getMessage());
    }
  }

  static Role role(byte[] value) {
    try {
      var role = io.kvorum.node.proto.auth.Role.parseFrom(value);
      return new Role(
          role.getName().toStringUtf8(),
          role.getKeyPermissionList().stream().map(AccountRows::permission).toList());
    } catch (InvalidProtocolBufferException e) {
      throw new DamagedBackupException("a role that cannot be read: " + e.getMessage());
    }
  }

  private static Permission permission(io.kvorum.node.proto.auth.Permission permission) {
    Permission.Type type =
        switch (permission.getPermType()) {
          case READ -> Permission.Type.READ;
          case WRITE -> Permission.Type.WRITE;
          case READWRITE -> Permission.Type.READ_WRITE;
          case UNRECOGNIZED -> throw new DamagedBackupException("a permission of no known kind");
        };
    return new Permission(
        type,
        Bytes.wrap(permission.getKey().toByteArray()),
        Bytes.wrap(permission.getRangeEnd().toByteArray()));
  }
}
