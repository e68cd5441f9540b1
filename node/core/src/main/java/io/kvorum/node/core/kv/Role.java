package io.kvorum.node.core.kv;

import java.util.ArrayList;
import java.util.List;

/// A named set of permissions, sorted by key; of one key in the order of granting.
public record Role(String name, List<Permission> permissions) {

  public Role {
    permissions = List.copyOf(permissions);
  }

  /// With the permission instead of the one on the same range, or added.
  Role with(Permission granted) {
    var changed = new ArrayList<Permission>(permissions);
    for (int i = 0; i < changed.size(); i++) {
      if (changed.get(i).isOn(granted.key(), granted.rangeEnd())) {
        changed.set(i, granted);
        return new Role(name, changed);
      }
    }
    int at = 0;
    while (at < changed.size() && changed.get(at).key().compareTo(granted.key()) <= 0) {
      at++;
    }
    changed.add(at, granted);
    return new Role(name, changed);
  }

  /// Without the permission on exactly this range.
  Role without(Bytes key, Bytes rangeEnd) {
    return new Role(
        name, permissions.stream().filter(permission -> !permission.isOn(key, rangeEnd)).toList());
  }
}
