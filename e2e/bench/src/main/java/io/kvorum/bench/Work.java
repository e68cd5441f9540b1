package io.kvorum.bench;

import java.util.List;

/// What the logical clients of a load do, request by request. Used by one event loop alone.
interface Work {

  /// Where a request's end is told, once.
  interface Reply {

    /// The request was answered as it should be.
    ///
    /// @param kind its place in the work's kinds; 0 when there is one only
    void succeeded(int kind);

    void failed(String error);
  }

  /// The kinds of request that are measured apart; empty when there is one only.
  default List<String> kinds() {
    return List.of();
  }

  /// Sends the next request of a client.
  ///
  /// @param turn how many requests of all clients came before
  void send(int client, long turn, Reply reply);
}
