package io.kvorum.node.ctl;

import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import io.kvorum.node.proto.etcd.LeaseLeasesRequest;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import io.kvorum.node.proto.etcd.LeaseStatus;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveRequest;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// The leases of one store, held under the same ids in another for as long as changes are brought
/// over.
///
/// None of them may end by itself meanwhile: its keys would go before the source's do. So all are
/// renewed, and one that has ended in the source is given back when the deletion of its keys has
/// arrived. At the end every lease has its whole time, as after a change of the leader.
final class LeaseCopies implements AutoCloseable {

  private static final Duration TICK = Duration.ofMillis(250);

  /// How long renewals wait for their answers.
  private static final Duration ANSWERS_MAX = Duration.ofSeconds(3);

  /// For one that ended before it could be asked how long it was to live. Its end is on its way.
  private static final long ENDED_TTL_SECONDS = 60;

  /// One lease as the target holds it.
  private static final class Copy {
    private final long seconds;
    private volatile long renewedNanos = System.nanoTime();

    Copy(long seconds) {
      this.seconds = seconds;
    }

    boolean isDue(long now) {
      return now - renewedNanos >= TimeUnit.SECONDS.toNanos(seconds) / 3;
    }
  }

  private final Client source;
  private final Client target;
  private final boolean remainingOnly;
  private final Map<Long, Copy> copies = new ConcurrentHashMap<>();

  /// Leases that have ended in the source, with a revision of it that shows all that followed.
  private final Map<Long, Long> ended = new TreeMap<>();

  private final Thread renewer;

  /// @param remainingOnly whether they are granted what is left of their time instead of the whole
  LeaseCopies(Client source, Client target, boolean remainingOnly) {
    this.source = source;
    this.target = target;
    this.remainingOnly = remainingOnly;
    Client renewals = target.sharing();
    renewer = Thread.ofVirtual().start(() -> renewForever(renewals));
  }

  int count() {
    return copies.size();
  }

  /// Copies all leases that the source has and the target has not.
  void copyAll() throws Failure, IOException {
    Set<Long> wanted = list(source);
    for (long id : list(target)) {
      long seconds = timeToLive(target, id, false).getGrantedTTL();
      if (seconds > 0) {
        copies.putIfAbsent(id, new Copy(seconds));
      }
    }
    for (long id : wanted) {
      ensure(id);
    }
  }

  /// Makes sure that the target has a lease that is about to be used.
  void ensure(long id) throws Failure, IOException {
    if (id == 0 || copies.containsKey(id)) {
      return;
    }
    LeaseTimeToLiveResponse found = timeToLive(source, id, false);
    long seconds = remainingOnly ? found.getTTL() : found.getGrantedTTL();
    if (found.getTTL() < 0) {
      seconds = ENDED_TTL_SECONDS;
    }
    grant(id, Math.max(1, seconds));
  }

  private void grant(long id, long seconds) throws Failure, IOException {
    LeaseGrantRequest request = LeaseGrantRequest.newBuilder().setID(id).setTTL(seconds).build();
    try {
      var _ = target.read(channel -> LeaseGrpc.newBlockingStub(channel).leaseGrant(request));
    } catch (Failure e) {
      if (!e.text().equals("etcdserver: lease already exists")) {
        throw e;
      }
    }
    copies.put(id, new Copy(seconds));
  }

  /// Compares the source's leases with those held: new ones are granted, and those that have ended
  /// are given back when all that happened until then has arrived.
  ///
  /// @param everything whether leases without keys are copied, too
  /// @param applied the revision of the source that has arrived
  /// @param from the source, asked for its revision
  void sync(boolean everything, long applied, Store from) throws Failure, IOException {
    Set<Long> living = list(source);
    if (everything) {
      for (long id : living) {
        ensure(id);
      }
    }
    List<Long> missing = new ArrayList<>(copies.keySet());
    missing.removeIf(living::contains);
    for (long id : missing) {
      // The list may be an older member's; this is answered by the leader.
      if (!ended.containsKey(id) && timeToLive(source, id, false).getTTL() < 0) {
        ended.put(id, from.revision());
      }
    }
    Iterator<Map.Entry<Long, Long>> waiting = ended.entrySet().iterator();
    while (waiting.hasNext()) {
      Map.Entry<Long, Long> lease = waiting.next();
      if (applied >= lease.getValue() && isGivenBack(lease.getKey())) {
        waiting.remove();
      }
    }
  }

  /// Revokes a lease that ended in the source, unless it was granted once more, or that would
  /// delete what the source has.
  private boolean isGivenBack(long id) throws Failure, IOException {
    if (timeToLive(source, id, false).getTTL() >= 0) {
      return true;
    }
    if (timeToLive(target, id, true).getKeysCount() > 0) {
      return false;
    }
    copies.remove(id);
    LeaseRevokeRequest request = LeaseRevokeRequest.newBuilder().setID(id).build();
    try {
      var _ = target.read(channel -> LeaseGrpc.newBlockingStub(channel).leaseRevoke(request));
    } catch (Failure e) {
      if (!e.text().equals("etcdserver: requested lease not found")) {
        throw e;
      }
    }
    return true;
  }

  static Set<Long> list(Client client) throws Failure, IOException {
    var ids = new TreeSet<Long>();
    for (LeaseStatus lease :
        client
            .read(channel ->
                LeaseGrpc.newBlockingStub(channel)
                    .leaseLeases(LeaseLeasesRequest.getDefaultInstance()))
            .getLeasesList()) {
      ids.add(lease.getID());
    }
    return ids;
  }

  static LeaseTimeToLiveResponse timeToLive(Client client, long id, boolean keys)
      throws Failure, IOException {
    LeaseTimeToLiveRequest request =
        LeaseTimeToLiveRequest.newBuilder().setID(id).setKeys(keys).build();
    return client.read(channel -> LeaseGrpc.newBlockingStub(channel).leaseTimeToLive(request));
  }

  private void renewForever(Client renewals) {
    while (!Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(TICK.toNanos());
      long now = System.nanoTime();
      var due = new ArrayList<Long>();
      copies.forEach((id, copy) -> {
        if (copy.isDue(now)) {
          due.add(id);
        }
      });
      if (!due.isEmpty() && !renew(renewals, due)) {
        renewals.next();
      }
    }
  }

  /// Renews leases over one stream; false when not all answers came.
  private boolean renew(Client renewals, List<Long> due) {
    var answers = new CountDownLatch(due.size());
    StreamObserver<LeaseKeepAliveRequest> requests =
        LeaseGrpc.newStub(renewals.stream())
            .leaseKeepAlive(
                new StreamObserver<>() {
                  @Override
                  public void onNext(LeaseKeepAliveResponse response) {
                    renewed(response);
                    answers.countDown();
                  }

                  @Override
                  public void onError(Throwable error) {
                    while (answers.getCount() > 0) {
                      answers.countDown();
                    }
                  }

                  @Override
                  public void onCompleted() {
                    onError(new IllegalStateException("ended early"));
                  }
                });
    for (long id : due) {
      requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(id).build());
    }
    try {
      boolean answered = answers.await(ANSWERS_MAX.toMillis(), TimeUnit.MILLISECONDS);
      requests.onCompleted();
      return answered;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      requests.onCompleted();
      return true;
    }
  }

  /// A lease that the target has lost is forgotten, so that who needs it grants it again.
  private void renewed(LeaseKeepAliveResponse response) {
    if (response.getTTL() <= 0) {
      copies.remove(response.getID());
      return;
    }
    Copy copy = copies.get(response.getID());
    if (copy != null) {
      copy.renewedNanos = System.nanoTime();
    }
  }

  @Override
  public void close() {
    renewer.interrupt();
  }
}
