package io.kvorum.node.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The feature gates etcd knows, and what setting one does here.
public final class FeatureGates {

  /// Name, etcd's stage, whether the behaviour is on here, and why it cannot be changed.
  public record Gate(String name, String stage, boolean on, String why) {}

  private static final List<Gate> ALL =
      List.of(
          new Gate(
              "CompactHashCheck", "ALPHA", false, "this release does not compare hashes by itself"),
          new Gate(
              "FastLeaseKeepAlive", "BETA", true, "keepalives never wait for the applied index"),
          new Gate(
              "InitialCorruptCheck",
              "ALPHA",
              false,
              "this release checks log and state on their own, not against peers"),
          new Gate(
              "LeaseCheckpoint", "ALPHA", true, "remaining lease times are always checkpointed"),
          new Gate(
              "LeaseCheckpointPersist", "ALPHA", true, "lease checkpoints are always persisted"),
          new Gate("PriorityRequest", "ALPHA", false, "requests have no priorities"),
          new Gate(
              "SetMemberLocalAddr", "ALPHA", false, "peers are dialled from any local address"),
          new Gate(
              "StopGRPCServiceOnDefrag", "ALPHA", false, "defragmentation does not block calls"),
          new Gate(
              "TxnModeWriteWithSharedBuffer", "BETA", true, "transactions read a shared snapshot"));

  private FeatureGates() {}

  public static List<Gate> all() {
    return ALL;
  }

  static String help() {
    return "Known gates, each fixed: "
        + String.join(", ", ALL.stream().map(gate -> gate.name() + "=" + gate.on()).toList())
        + ".";
  }

  /// The wanted values by gate.
  ///
  /// @throws IllegalArgumentException naming the pair that is wrong
  static Map<String, Boolean> parse(String text) {
    var wanted = new TreeMap<String, Boolean>();
    for (String pair : ValueType.LIST.parse(text)) {
      int equals = pair.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException("expected Gate=true or Gate=false, got " + pair);
      }
      String name = pair.substring(0, equals).strip();
      boolean known =
          name.equals("AllAlpha")
              || name.equals("AllBeta")
              || ALL.stream().anyMatch(gate -> gate.name().equals(name));
      if (!known) {
        throw new IllegalArgumentException("unrecognized feature gate: " + name);
      }
      wanted.put(name, ValueType.SWITCH.parse(pair.substring(equals + 1).strip()));
    }
    return wanted;
  }

  /// One line for each gate that was set to what it is not.
  static List<String> refusals(Map<String, Boolean> wanted) {
    var lines = new ArrayList<String>();
    for (Gate gate : ALL) {
      Boolean value = wanted.get(gate.name());
      if (value != null && value != gate.on()) {
        lines.add("feature gate " + gate.name() + " stays " + gate.on() + ": " + gate.why());
      }
    }
    return lines;
  }
}
