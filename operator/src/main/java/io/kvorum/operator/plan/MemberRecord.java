package io.kvorum.operator.plan;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What the operator must remember of a member.
///
/// Invariants: `memberId` and `volumeUid`, once set, never change: a list without that ID means the
/// member was removed, another volume means its data is gone. `peerUrl` is what the store's list
/// last said, for the times when nobody answers.
public record MemberRecord(
    Phase phase,
    String peerUrl,
    @Nullable String memberId,
    @Nullable String volumeUid,
    @Nullable Instant suspectSince,
    String reason) {

  public static MemberRecord announced(String peerUrl) {
    return new MemberRecord(Phase.JOINING, peerUrl, null, null, null, "");
  }

  /// Whether this may be written over what is there. Who decided on an older record may not know
  /// the ID or the volume that another has written down since, and must not make them forgotten.
  public boolean keepsWhatIsKnown(MemberRecord there) {
    return keeps(there.memberId, memberId) && keeps(there.volumeUid, volumeUid);
  }

  private static boolean keeps(@Nullable String there, @Nullable String next) {
    return there == null || there.equals(next);
  }

  /// Where the member stands in its life.
  public enum Phase {
    /// Announced here, not yet to the store.
    JOINING("Joining"),
    LEARNER("Learner"),
    VOTER("Voter"),
    /// A voter that does not answer.
    SUSPECT("Suspect"),
    /// No longer in the store's list.
    GONE("Gone");

    private final String text;

    Phase(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }
}
