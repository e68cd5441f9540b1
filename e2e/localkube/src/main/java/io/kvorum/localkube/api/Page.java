package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// A list, or a part of one.
///
/// @param version the version all items are as of
/// @param next the token that gets the rest, or "" when this is all
/// @param remaining how many items come behind this page
public record Page(long version, List<ObjectNode> items, String next, int remaining) {}
