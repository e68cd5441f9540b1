package io.kvorum.node.ctl;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What a command holds for as long as it runs: a lease that is renewed behind its back, and given
/// back at its end, be that a signal's doing.
final class Holding implements AutoCloseable {

  private static final Duration RECONNECT_PAUSE = Duration.ofMillis(100);

  /// Why there is nothing to wait for any more.
  enum End {
    SIGNAL,
    LEASE_LOST
  }

  private final Invocation invocation;
  private final Client renewals;
  private final long lease;
  private final long ttlNanos;
  private final Thread holder = Thread.currentThread();
  private final Thread renewer;
  private volatile @Nullable End end;

  private Holding(Invocation invocation, Client renewals, long lease, long ttlSeconds) {
    this.invocation = invocation;
    this.renewals = renewals;
    this.lease = lease;
    this.ttlNanos = TimeUnit.SECONDS.toNanos(ttlSeconds);
    this.renewer = Thread.ofVirtual().unstarted(this::renew);
  }

  /// Takes a lease for the thread that calls.
  static Holding begin(Invocation invocation, long ttlSeconds) throws Failure, IOException {
    LeaseGrantRequest request = LeaseGrantRequest.newBuilder().setTTL(ttlSeconds).build();
    Client client = invocation.client();
    var granted = client.write(channel -> LeaseGrpc.newBlockingStub(channel).leaseGrant(request));
    var holding =
        new Holding(invocation, client.of(client.endpoints()), granted.getID(), granted.getTTL());
    Interrupts.listen(() -> holding.end(End.SIGNAL));
    holding.renewer.start();
    return holding;
  }

  long lease() {
    return lease;
  }

  private void end(End reason) {
    end = reason;
    holder.interrupt();
  }

  /// Renews every third of the lease's life; one that was not renewed for its whole life is lost.
  private void renew() {
    long renewed = System.nanoTime();
    while (!Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(ttlNanos / 3);
      try {
        if (new KeepAlive(invocation, renewals, lease).once().getTTL() <= 0) {
          end(End.LEASE_LOST);
          return;
        }
        renewed = System.nanoTime();
      } catch (Failure | IOException failed) {
        if (System.nanoTime() - renewed >= ttlNanos) {
          end(End.LEASE_LOST);
          return;
        }
      }
    }
  }

  /// Makes a call that may wait for long, at one endpoint after the other.
  ///
  /// @throws Failure when it is refused, or when a signal or the end of the lease comes first
  <T> T await(Function<Channel, T> call) throws Failure, IOException {
    while (true) {
      try {
        return call.apply(invocation.client().stream());
      } catch (StatusRuntimeException e) {
        End why = end;
        if (why != null) {
          throw Failure.error(why == End.SIGNAL ? "context canceled" : "session expired");
        }
        turnAway(e);
      }
    }
  }

  /// After a call that broke, turns to the next endpoint.
  ///
  /// @throws Failure when another endpoint would say the same
  void turnAway(StatusRuntimeException broken) throws Failure, IOException {
    if (broken.getStatus().getCode() != Status.Code.UNAVAILABLE) {
      throw Failure.error(Errors.text(broken.getStatus()));
    }
    LockSupport.parkNanos(RECONNECT_PAUSE.toNanos());
    invocation.client().next();
  }

  boolean holds() {
    return end == null;
  }

  /// Waits until a signal comes or the lease is lost.
  End awaitEnd() {
    End why = end;
    while (why == null) {
      LockSupport.park(this);
      why = end;
    }
    return why;
  }

  /// Revokes the lease, which deletes what hangs on it.
  @Override
  public void close() throws Failure, IOException {
    renewer.interrupt();
    // The interrupt has done its work, and giving back must not be cut short by it.
    boolean _ = Thread.interrupted();
    try {
      if (end != End.LEASE_LOST) {
        LeaseRevokeRequest request = LeaseRevokeRequest.newBuilder().setID(lease).build();
        invocation
            .client()
            .write(channel -> LeaseGrpc.newBlockingStub(channel).leaseRevoke(request));
      }
    } finally {
      renewals.close();
      Interrupts.ignore();
    }
  }
}
