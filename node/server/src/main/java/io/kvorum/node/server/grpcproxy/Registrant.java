package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.server.config.RelayConfig.Registration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a proxy registered: by a key under a lease that lasts as long as the proxy does.
final class Registrant implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Registrant.class);

  private static final long CALL_SECONDS = 5;

  /// So long after a failure it is tried again.
  private static final long PAUSE_SECONDS = 1;

  /// A lease is renewed so often in its time to live: two renewals may fail.
  private static final int RENEWALS = 3;

  private final Channel members;
  private final PutRequest entry;
  private final Registration registration;
  private final Thread thread;

  /// @param advertised where clients reach this proxy
  Registrant(Channel members, Namespace namespace, Registration registration, String advertised) {
    this.members = members;
    this.registration = registration;
    this.entry =
        namespace.in(
            PutRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(registration.prefix() + "/" + advertised))
                .setValue(ByteString.copyFromUtf8(MemberLists.value(advertised)))
                .build());
    this.thread = Thread.ofVirtual().name("registration").start(this::run);
  }

  private void run() {
    boolean told = false;
    while (!Thread.currentThread().isInterrupted()) {
      try {
        stayRegistered();
      } catch (InterruptedException closed) {
        return;
      } catch (StatusRuntimeException e) {
        if (!told) {
          LOG.warn("cannot register below {}: {}", registration.prefix(), e.getStatus());
          told = true;
        }
      }
      try {
        TimeUnit.SECONDS.sleep(PAUSE_SECONDS);
      } catch (InterruptedException closed) {
        return;
      }
    }
  }

  /// Registers, and returns when the lease is lost.
  private void stayRegistered() throws InterruptedException {
    LeaseGrpc.LeaseBlockingStub leases =
        LeaseGrpc.newBlockingStub(members).withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
    long lease =
        leases
            .leaseGrant(LeaseGrantRequest.newBuilder().setTTL(registration.ttlSeconds()).build())
            .getID();
    try {
      var _ =
          KVGrpc.newBlockingStub(members)
              .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
              .put(entry.toBuilder().setLease(lease).build());
      LOG.info("registered as {}", entry.getKey().toStringUtf8());
      renew(lease);
    } catch (InterruptedException closed) {
      revoke(lease);
      throw closed;
    }
  }

  private void renew(long lease) throws InterruptedException {
    long pauseMillis = TimeUnit.SECONDS.toMillis(registration.ttlSeconds()) / RENEWALS;
    int lost = 0;
    while (lost < RENEWALS) {
      TimeUnit.MILLISECONDS.sleep(Math.max(pauseMillis, 1));
      long left = renewed(lease);
      if (left == 0) {
        return;
      }
      lost = left < 0 ? lost + 1 : 0;
    }
  }

  /// What a renewal leaves the lease; 0 when there is no such lease, less when nobody answers.
  private long renewed(long lease) throws InterruptedException {
    BlockingQueue<Long> answer = new ArrayBlockingQueue<>(1);
    var request = LeaseKeepAliveRequest.newBuilder().setID(lease).build();
    var stream =
        LeaseGrpc.newStub(members)
            .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
            .leaseKeepAlive(
                new StreamObserver<>() {
                  @Override
                  public void onNext(LeaseKeepAliveResponse response) {
                    var _ = answer.offer(response.getTTL());
                  }

                  @Override
                  public void onError(Throwable failure) {
                    var _ = answer.offer(-1L);
                  }

                  @Override
                  public void onCompleted() {
                    var _ = answer.offer(-1L);
                  }
                });
    stream.onNext(request);
    long left = answer.take();
    stream.onCompleted();
    return left;
  }

  private void revoke(long lease) {
    try {
      var _ =
          LeaseGrpc.newBlockingStub(members)
              .withDeadlineAfter(1, TimeUnit.SECONDS)
              .leaseRevoke(LeaseRevokeRequest.newBuilder().setID(lease).build());
    } catch (StatusRuntimeException e) {
      LOG.warn("the registration ends with its lease: {}", e.getStatus());
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
