package io.kvorum.operator.store;

import java.util.List;

/// What a member says of itself. IDs are hex; `leader` is empty when it sees none.
public record StatusReply(
    String clusterId,
    String memberId,
    String leader,
    boolean learner,
    String version,
    long dbSize,
    List<String> errors) {}
