package io.kvorum.node.server.discovery;

import java.io.IOException;
import java.util.List;

/// Where the members of a new cluster register. What cannot be reached is an `IOException`, and may
/// be asked again; what makes no sense ends the start.
interface Registrations extends AutoCloseable {

  /// One that wants to be a founder.
  ///
  /// @param id in hexadecimal
  /// @param value `name=peerURL`, for each of its URLs, joined by commas
  /// @param created orders the registrations
  record Registered(String id, String value, long created) {}

  /// Who has registered, the earliest first.
  ///
  /// @param index that of the service, behind which changes can be waited for
  record Listing(List<Registered> members, long index) {
    public Listing {
      members = List.copyOf(members);
    }
  }

  /// How many found the cluster.
  int size() throws IOException, InterruptedException;

  Listing list() throws IOException, InterruptedException;

  /// Registers a member; false when it is registered already.
  boolean register(String id, String value) throws IOException, InterruptedException;

  /// Waits until something below the token has changed at or behind an index, or for a while; false
  /// when it was for a while.
  boolean awaitChange(long index) throws IOException, InterruptedException;

  @Override
  void close();
}
