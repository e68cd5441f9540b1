package io.kvorum.node.server.config;

import java.time.Duration;

/// How a process forwards HTTP to the members of a cluster that it is no member of.
///
/// @param fallback whether one that discovery has no room for becomes such a process
/// @param failureWait how long a member that failed is not asked
/// @param refreshInterval how often the members are asked who they are
/// @param dialTimeout for a connection to a member
/// @param readTimeout for the head of a member's answer; zero: none
public record ProxySettings(
    Mode mode,
    boolean fallback,
    Duration failureWait,
    Duration refreshInterval,
    Duration dialTimeout,
    Duration readTimeout) {

  /// What is forwarded.
  public enum Mode {
    OFF,
    READONLY,
    ON
  }
}
