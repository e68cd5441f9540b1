package io.kvorum.operator.store;

import java.util.List;

/// An entry of the store's member list.
public record ListedMember(
    String id, String name, List<String> peerUrls, List<String> clientUrls, boolean learner) {}
