package io.kvorum.operator.observe;

import io.kvorum.crds.OperationStatus;
import io.kvorum.crds.ReplacementStatus;
import io.kvorum.crds.StoreClusterStatus;
import io.kvorum.crds.StoreMember;
import io.kvorum.crds.StoreMemberStatus;
import io.kvorum.operator.plan.Latches;
import io.kvorum.operator.plan.MemberRecord;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Turns what the planner remembers into status fields and back.
public final class StatusText {

  private StatusText() {}

  public static Latches latches(@Nullable StoreClusterStatus status) {
    if (status == null) {
      return Latches.NONE;
    }
    return new Latches(
        Boolean.TRUE.equals(status.bootstrapped()),
        status.clusterID(),
        Objects.requireNonNullElse(status.lastSerial(), 0),
        operation(status.operation()),
        replacement(status.lastReplacement()),
        Objects.requireNonNullElse(status.lastOperationID(), 0L));
  }

  private static Latches.@Nullable Operation operation(@Nullable OperationStatus text) {
    if (text == null || text.target() == null || text.startedAt() == null) {
      return null;
    }
    for (Latches.Kind kind : Latches.Kind.values()) {
      if (kind.text().equals(text.kind())) {
        return new Latches.Operation(
            Objects.requireNonNullElse(text.id(), 0L),
            kind,
            text.target(),
            Instant.parse(text.startedAt()),
            Objects.requireNonNullElse(text.reason(), ""));
      }
    }
    return null;
  }

  private static Latches.@Nullable Replacement replacement(@Nullable ReplacementStatus text) {
    return text == null || text.member() == null || text.time() == null
        ? null
        : new Latches.Replacement(
            text.member(),
            Instant.parse(text.time()),
            Objects.requireNonNullElse(text.reason(), ""));
  }

  public static @Nullable OperationStatus text(
      Latches.@Nullable Operation operation, String message) {
    return operation == null
        ? null
        : new OperationStatus(
            operation.id(),
            operation.kind().text(),
            operation.target(),
            operation.startedAt().toString(),
            operation.reason(),
            message);
  }

  public static @Nullable ReplacementStatus text(Latches.@Nullable Replacement replacement) {
    return replacement == null
        ? null
        : new ReplacementStatus(
            replacement.member(), replacement.at().toString(), replacement.reason());
  }

  public static MemberRecord record(StoreMember member) {
    String announced = Objects.requireNonNullElse(member.getSpec().peerURL(), "");
    StoreMemberStatus status = member.getStatus();
    if (status == null) {
      return MemberRecord.announced(announced);
    }
    return new MemberRecord(
        phase(status.phase()),
        Objects.requireNonNullElse(status.peerURL(), announced),
        status.memberID(),
        status.volumeUID(),
        status.suspectSince() == null ? null : Instant.parse(status.suspectSince()),
        Objects.requireNonNullElse(status.reason(), ""));
  }

  private static MemberRecord.Phase phase(@Nullable String text) {
    for (MemberRecord.Phase phase : MemberRecord.Phase.values()) {
      if (phase.text().equals(text)) {
        return phase;
      }
    }
    return MemberRecord.Phase.JOINING;
  }

  public static StoreMemberStatus text(MemberRecord record) {
    Instant since = record.suspectSince();
    return new StoreMemberStatus(
        record.phase().text(),
        record.memberId(),
        record.peerUrl(),
        record.volumeUid(),
        since == null ? null : since.toString(),
        record.reason().isEmpty() ? null : record.reason());
  }
}
