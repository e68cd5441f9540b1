package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.auth.Permission;
import java.util.ArrayList;
import java.util.List;

/// How permissions are written for people.
final class PermissionText {

  private static final ByteString ZERO = ByteString.copyFrom(new byte[] {0});

  private PermissionText() {}

  /// What a role allows. Root has no permissions of its own and may do everything.
  static List<String> lines(String role, List<Permission> permissions) {
    var lines = new ArrayList<String>();
    lines.add("Role " + role);
    boolean isRoot = role.equals("root") && permissions.isEmpty();
    lines.add("KV Read:");
    lines.addAll(
        isRoot ? List.of("\t[, <open ended>") : granted(permissions, Permission.Type.READ));
    lines.add("KV Write:");
    lines.addAll(
        isRoot ? List.of("\t[, <open ended>") : granted(permissions, Permission.Type.WRITE));
    return lines;
  }

  private static List<String> granted(List<Permission> permissions, Permission.Type type) {
    var lines = new ArrayList<String>();
    for (Permission permission : permissions) {
      if (permission.getPermType() == type
          || permission.getPermType() == Permission.Type.READWRITE) {
        lines.add("\t" + range(permission));
      }
    }
    return lines;
  }

  private static String range(Permission permission) {
    String key = permission.getKey().toStringUtf8();
    ByteString end = permission.getRangeEnd();
    if (end.isEmpty()) {
      return key;
    }
    if (end.equals(ZERO)) {
      return "[" + key + ", <open ended>";
    }
    boolean isPrefix = end.equals(endOfPrefix(permission.getKey()));
    return "[" + key + ", " + end.toStringUtf8() + ")" + (isPrefix ? " (prefix " + key + ")" : "");
  }

  /// The key or the range that a permission is on.
  static String subject(Permission permission) {
    String key = permission.getKey().toStringUtf8();
    ByteString end = permission.getRangeEnd();
    if (end.isEmpty()) {
      return "key " + key;
    }
    return end.equals(ZERO)
        ? "range [" + key + ", <open ended>"
        : "range [" + key + ", " + end.toStringUtf8() + ")";
  }

  /// The first key behind all that start so; open when there is none.
  static ByteString endOfPrefix(ByteString prefix) {
    for (int i = prefix.size() - 1; i >= 0; i--) {
      if (prefix.byteAt(i) != (byte) 0xFF) {
        byte[] end = prefix.substring(0, i + 1).toByteArray();
        end[i]++;
        return ByteString.copyFrom(end);
      }
    }
    return ZERO;
  }
}
