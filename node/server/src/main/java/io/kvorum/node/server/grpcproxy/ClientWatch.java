package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.server.grpcproxy.MemberStream.MemberWatch;

/// One watch of a client.
///
/// It begins on a watch of its own on a member, which admits or refuses it, says at which revision
/// it stands, and brings what is behind. When it stands no further back than the [Feed] of its
/// kind, it goes on there, and its own watch ends. When its client does not take an event, it
/// waits, and later begins again behind what the client has.
final class ClientWatch {

  private final ClientStream stream;
  private final WatchCreateRequest request;
  private final Kind kind;
  private long id;
  private byte[] idField = Frame.NOTHING;
  private Place place = new Place.Opening();

  /// The client has been told that it watches.
  private boolean announced;

  /// Everything that the client wants has been sent to it up to here.
  private long through;

  /// The newest revision of the store that it has been told of; less than `through` when it is to
  /// begin in the future.
  private long newest;

  /// Parts of a revision have been sent, and others are to come.
  private boolean amidFragments;

  /// Which one, then.
  private long partRevision;

  /// A member has refused to let others share it.
  private boolean alone;

  /// What watches must have in common to share one: who asks, and for what, whatever the revision.
  record Kind(Identity identity, ByteString request) {
    static Kind of(Identity identity, WatchCreateRequest request) {
      return new Kind(
          identity,
          request.toBuilder()
              .clearStartRevision()
              .clearWatchId()
              .clearProgressNotify()
              .build()
              .toByteString());
    }
  }

  /// Where events come from.
  sealed interface Place {
    /// A member has been asked and has not answered.
    record Opening() implements Place {}

    /// A watch of its own.
    record Own(MemberWatch watch) implements Place {}

    record Shared(Feed feed) implements Place {}

    /// Nowhere, until the client takes more.
    record Waiting() implements Place {}

    record Ended() implements Place {}
  }

  ClientWatch(ClientStream stream, Identity identity, WatchCreateRequest request) {
    this.stream = stream;
    this.request = request;
    this.kind = Kind.of(identity, request);
  }

  ClientStream stream() {
    return stream;
  }

  WatchCreateRequest request() {
    return request;
  }

  Kind kind() {
    return kind;
  }

  long id() {
    return id;
  }

  Place place() {
    return place;
  }

  void setPlace(Place next) {
    place = next;
  }

  boolean isAnnounced() {
    return announced;
  }

  long through() {
    return through;
  }

  boolean isAmidFragments() {
    return amidFragments;
  }

  boolean isAlone() {
    return alone;
  }

  void setAlone() {
    alone = true;
  }

  /// The request by which a member goes on where the client stands.
  WatchCreateRequest continued() {
    return announced ? request.toBuilder().setStartRevision(through + 1).build() : request;
  }

  /// A member has opened its own watch.
  void opened(long revision) {
    heard(revision);
    if (!announced) {
      through = request.getStartRevision() == 0 ? revision : request.getStartRevision() - 1;
    }
  }

  /// A member has told of its newest revision. A watch that was opened long ago may have far to go
  /// all the same.
  void heard(long revision) {
    newest = Math.max(newest, revision);
  }

  /// The client knows it by an id from now on.
  void announce(long given) {
    announced = true;
    id = given;
    idField = Reply.id(given);
  }

  /// An answer with this watch's id.
  Frame addressed(Reply reply) {
    return reply.to(idField);
  }

  /// The client was sent events.
  ///
  /// @param last the revision of the last one
  /// @param more whether parts of it are still to come
  void sent(long last, boolean more) {
    amidFragments = more;
    partRevision = last;
    heard(last);
    if (!more) {
      through = Math.max(through, last);
    }
  }

  /// The revision of which parts have been sent is complete, without events in its last part.
  void completed() {
    sent(partRevision, false);
  }

  /// There is nothing more to be sent up to a revision.
  void reached(long revision) {
    heard(revision);
    through = Math.max(through, revision);
  }

  /// The lowest revision from which a feed of its kind may start.
  long shareableFrom() {
    return Math.min(through, newest) + 1;
  }

  /// Whether what lies between it and the newest revision is little enough for a feed, which reads
  /// as fast as it can.
  boolean isNearlyCurrent(long gap) {
    return newest - through <= gap;
  }
}
