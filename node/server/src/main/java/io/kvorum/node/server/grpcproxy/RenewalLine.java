package io.kvorum.node.server.grpcproxy;

import io.grpc.Metadata;
import io.grpc.Status;
import io.kvorum.node.server.grpcproxy.Renewals.Client;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The renewals of one identity.
///
/// A renewal goes out at once, unless one of the same lease went out a moment ago; then it waits
/// for the moment to be over, together with all that come meanwhile. So an answer always tells of a
/// renewal that came behind the request.
///
/// Each goes out on a stream that has no other one under way, up to a bound: through a follower it
/// takes a way to the leader and back, and that of a lease that is just running out takes until it
/// is gone. Those of other leases do not wait for it.
///
/// A member that is lost costs nobody a stream: another one is asked. What has no answer in good
/// time ends the streams of those who wait for it, so that they know, and ask again.
final class RenewalLine implements RenewalStream.Owner {

  /// The moment: a fraction of the shortest time to live that a member grants.
  private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /// Renewals under way at a time. At a millisecond each that is a hundred thousand in a second.
  private static final int MAX_STREAMS = 128;

  /// Streams that stay open without a renewal under way: a burst opens what it needs.
  private static final int MAX_IDLE = 32;

  /// What is good time: more than the five seconds for which a member waits for its leader, before
  /// it answers with an error that says more than ours. Clients that renew only once take ours as
  /// final.
  private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(7);

  /// How often somebody looks for those that are too old.
  private static final long LOOK_MILLIS = 250;

  /// How long no stream is opened when one was lost: there may be no member at all.
  private static final long RETRY_MILLIS = 100;

  private final MemberStream.Means means;
  private final Identity identity;
  private final Consumer<RenewalLine> closed;
  private final Map<Long, Lease> leases = new HashMap<>();

  /// Those to be answered, the oldest first.
  private final Set<Renewal> open = new LinkedHashSet<>();

  /// Those of them for which there is no stream yet.
  private final ArrayDeque<Renewal> queue = new ArrayDeque<>();

  private final Map<RenewalStream, Renewal> busy = new LinkedHashMap<>();

  /// Those without a renewal under way, the last used first: the others come to be closed.
  private final ArrayDeque<RenewalStream> idle = new ArrayDeque<>();

  private boolean looking;
  private boolean pausing;

  /// One lease that somebody renews, or has renewed a moment ago.
  ///
  /// Invariant: a renewal is open, or the end of the moment is awaited.
  private static final class Lease {
    private final long id;

    /// Those who wait for the next renewal, each as often as it has asked.
    private List<Client> next = new ArrayList<>();

    private long sentNanos;

    Lease(long id) {
      this.id = id;
    }
  }

  /// One renewal, for all who asked before it went out.
  private static final class Renewal {
    private final Lease lease;
    private final List<Client> asked;

    /// The stream that it is under way on, if it is.
    private @Nullable RenewalStream stream;

    /// Why it was not answered, when it was tried before.
    private @Nullable Status loss;

    Renewal(Lease lease, List<Client> asked) {
      this.lease = lease;
      this.asked = asked;
    }

    boolean isWanted() {
      return asked.stream().anyMatch(client -> !client.isEnded());
    }
  }

  /// @param closed told when nobody renews any more
  RenewalLine(MemberStream.Means means, Identity identity, Consumer<RenewalLine> closed) {
    this.means = means;
    this.identity = identity;
    this.closed = closed;
  }

  void renew(long id, Client client) {
    Lease lease = leases.get(id);
    if (lease != null) {
      lease.next.add(client);
      return;
    }
    lease = new Lease(id);
    leases.put(id, lease);
    lease.next.add(client);
    open(lease);
  }

  private void open(Lease lease) {
    var renewal = new Renewal(lease, lease.next);
    lease.next = new ArrayList<>();
    lease.sentNanos = System.nanoTime();
    open.add(renewal);
    queue.add(renewal);
    sendQueued();
    maybeLook();
  }

  private void sendQueued() {
    while (!queue.isEmpty() && hasStream()) {
      Renewal renewal = queue.remove();
      if (renewal.isWanted()) {
        send(renewal);
      } else {
        close(renewal);
      }
    }
  }

  private boolean hasStream() {
    return !idle.isEmpty() || (!pausing && busy.size() < MAX_STREAMS);
  }

  private void send(Renewal renewal) {
    RenewalStream stream =
        idle.isEmpty() ? new RenewalStream(means, identity, this) : idle.removeFirst();
    busy.put(stream, renewal);
    renewal.stream = stream;
    means.metrics().renewalsSent.increment();
    stream.renew(renewal.lease.id);
  }

  @Override
  public void answered(RenewalStream stream, long lease, byte[] bytes) {
    Renewal renewal = busy.get(stream);
    if (renewal == null || renewal.lease.id != lease) {
      // Nobody has asked for that; what was asked for may still come.
      return;
    }
    busy.remove(stream);
    renewal.asked.forEach(client -> client.answer(bytes));
    close(renewal);
    idle.addFirst(stream);
    sendQueued();
    maybeClose();
  }

  /// It was answered, or will not be. The lease stays until the moment is over.
  private void close(Renewal renewal) {
    open.remove(renewal);
    long pause = renewal.lease.sentNanos + MOMENT_NANOS - System.nanoTime();
    means.later(() -> momentIsOver(renewal.lease), Math.max(0, pause), TimeUnit.NANOSECONDS);
  }

  private void momentIsOver(Lease lease) {
    lease.next.removeIf(Client::isEnded);
    if (lease.next.isEmpty()) {
      leases.remove(lease.id);
      maybeClose();
    } else {
      open(lease);
    }
  }

  /// Those who were refused are told as if the member had ended their streams; otherwise another
  /// member is asked.
  @Override
  public void lost(RenewalStream stream, Status status, Metadata trailers) {
    idle.remove(stream);
    Renewal renewal = busy.remove(stream);
    if (renewal != null) {
      renewal.stream = null;
      if (Losses.isOfTheMember(status)) {
        renewal.loss = status;
        queue.addFirst(renewal);
        pause();
      } else {
        fail(renewal, status, trailers);
      }
    }
    sendQueued();
  }

  private void pause() {
    if (!pausing) {
      pausing = true;
      means.later(this::goOn, RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void goOn() {
    pausing = false;
    sendQueued();
  }

  private void fail(Renewal renewal, Status status, Metadata trailers) {
    close(renewal);
    for (Client client : new LinkedHashSet<>(renewal.asked)) {
      // gRPC writes into what it is given.
      var own = new Metadata();
      own.merge(trailers);
      client.end(status, own);
    }
  }

  // ---- Those that are too old

  private void maybeLook() {
    if (!looking && !open.isEmpty()) {
      looking = true;
      means.later(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void look() {
    looking = false;
    long now = System.nanoTime();
    for (Renewal renewal : List.copyOf(open)) {
      if (now - renewal.lease.sentNanos < MAX_AGE_NANOS) {
        break;
      }
      giveUp(renewal);
    }
    sendQueued();
    maybeLook();
  }

  /// Its stream goes as well: the member would answer nothing else there before.
  private void giveUp(Renewal renewal) {
    queue.remove(renewal);
    if (renewal.stream != null) {
      busy.remove(renewal.stream);
      renewal.stream.close("it takes too long");
    }
    String why = "no member has answered a renewal in time";
    Status loss = renewal.loss;
    fail(
        renewal,
        Status.UNAVAILABLE.withDescription(loss == null ? why : why + ": " + loss.getDescription()),
        new Metadata());
  }

  // ---- The end

  private void maybeClose() {
    int staying = leases.isEmpty() ? 0 : MAX_IDLE;
    while (idle.size() > staying) {
      idle.removeLast().close("nobody renews any more");
    }
    if (leases.isEmpty()) {
      closed.accept(this);
    }
  }
}
