package io.kvorum.operator.plan;

import java.time.Instant;

/// One member the operator has a record of, with everything seen of it.
public record Member(
    String name,
    int serial,
    boolean seed,
    Instant createdAt,
    MemberRecord record,
    PodState pod,
    Reading<VolumeState> volume,
    Health health) {

  public boolean answers() {
    return health instanceof Health.Up;
  }
}
