package io.kvorum.node.server.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The one table of flags. Parsing, environment, YAML keys, `--help`, documentation and validation
/// are all driven by it.
public final class FlagTable {

  private static final Map<String, Flag<?>> BY_NAME = byName();

  private FlagTable() {}

  /// All flags in the order in which they are documented.
  public static List<Flag<?>> all() {
    return List.copyOf(BY_NAME.values());
  }

  static @org.jspecify.annotations.Nullable Flag<?> find(String name) {
    return BY_NAME.get(name);
  }

  /// Whether a flag stands for true when no value follows it; an old name is what its new one is.
  static boolean isSwitch(Flag<?> flag) {
    return flag.standing() instanceof Standing.Renamed(String to)
        ? named(to).isSwitch()
        : flag.isSwitch();
  }

  static Flag<?> named(String name) {
    Flag<?> flag = find(name);
    if (flag == null) {
      throw new IllegalArgumentException("no flag is named " + name);
    }
    return flag;
  }

  private static Map<String, Flag<?>> byName() {
    var all = new ArrayList<Flag<?>>();
    all.addAll(MemberFlags.ALL);
    all.addAll(ClusteringFlags.ALL);
    all.addAll(SecurityFlags.ALL);
    all.addAll(MonitoringFlags.ALL);
    all.addAll(StoreFlags.ALL);
    all.addAll(LegacyFlags.ALL);
    var byName = new LinkedHashMap<String, Flag<?>>();
    for (Flag<?> flag : all) {
      if (byName.put(flag.name(), flag) != null) {
        throw new IllegalStateException("the table has two flags named " + flag.name());
      }
    }
    return byName;
  }
}
