package io.kvorum.node.core.replica;

import io.kvorum.node.core.kv.Command;
import java.util.Comparator;
import java.util.Optional;

/// What a leader proposes by itself so that the cluster agrees on what all its members can do.
final class LeaderDuties {
  private LeaderDuties() {}

  /// The next command that is due, if there is one. Both levels only rise, and beyond the first
  /// version they rise only once every member has published what it can do.
  static Optional<Command> next(Cluster cluster, int featureLevel) {
    var published =
        cluster.members().values().stream()
            .filter(MemberRecord::started)
            .map(MemberRecord::attributes)
            .toList();
    if (published.isEmpty()) {
      return Optional.empty();
    }
    boolean complete = published.size() == cluster.members().size();
    if (complete || cluster.version().isEmpty()) {
      ApiVersion common =
          published.stream()
              .map(attributes -> ApiVersion.parse(attributes.apiVersion()))
              .min(Comparator.naturalOrder())
              .orElseThrow();
      if (common.compareTo(ApiVersion.parse(cluster.version())) > 0) {
        return Optional.of(new Command.ClusterVersion(common.toString()));
      }
    }
    int level =
        published.stream().mapToInt(MemberRecord.Attributes::featureLevel).min().orElseThrow();
    return complete && level > featureLevel
        ? Optional.of(new Command.FeatureLevel(level))
        : Optional.empty();
  }

  /// Major and minor of an API version; what can't be read counts as 0.0.
  private record ApiVersion(int major, int minor) implements Comparable<ApiVersion> {
    static ApiVersion parse(String text) {
      String[] parts = text.split("\\.", 3);
      return parts.length < 2
          ? new ApiVersion(0, 0)
          : new ApiVersion(number(parts[0]), number(parts[1]));
    }

    private static int number(String digits) {
      boolean valid = digits.length() < 6 && digits.chars().allMatch(Character::isDigit);
      return valid && !digits.isEmpty() ? Integer.parseInt(digits) : 0;
    }

    @Override
    public int compareTo(ApiVersion other) {
      int byMajor = Integer.compare(major, other.major);
      return byMajor != 0 ? byMajor : Integer.compare(minor, other.minor);
    }

    @Override
    public String toString() {
      return major + "." + minor;
    }
  }
}
