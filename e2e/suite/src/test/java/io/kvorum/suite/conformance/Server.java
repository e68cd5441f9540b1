package io.kvorum.suite.conformance;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseLeasesRequest;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import io.kvorum.node.proto.etcd.LeaseStatus;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One of the two that are compared: runs sequences, and writes down what it answers.
final class Server implements AutoCloseable {

  private static final Duration CALL_BOUND = Duration.ofSeconds(30);
  private static final ByteString EVERYTHING = ByteString.copyFrom(new byte[] {0});

  private final ManagedChannel channel;

  Server(String endpoint) {
    this.channel = NettyChannelBuilder.forTarget(endpoint).usePlaintext().build();
  }

  /// What became of a call: its response, or the error.
  ///
  /// @param response revisions count from the sequence's beginning
  /// @param error code and text
  record Answer(@Nullable Message response, String error) {
    @Override
    public String toString() {
      return response == null ? error : Step.text(response);
    }
  }

  /// Answers of the calls and events of the watches, in the order of their steps.
  record Observed(List<Answer> answers, List<WatchLog> watches) {}

  /// Runs a sequence on an empty store.
  Observed run(List<Step> steps) {
    long base = empty();
    var answers = new ArrayList<Answer>();
    var watches = new ArrayList<WatchLog>();
    try {
      for (Step step : steps) {
        switch (step) {
          case Step.Call call -> answers.add(call(call, base));
          case Step.Watch watch -> {
            watches.add(new WatchLog(channel, watch.request(), base));
            answers.add(watches.getLast().created());
          }
        }
      }
      for (WatchLog watch : watches) {
        watch.awaitAllUpTo(sentinel(watch, base));
      }
    } finally {
      watches.forEach(WatchLog::close);
    }
    return new Observed(answers, watches);
  }

  private Answer call(Step.Call call, long base) {
    try {
      Message response =
          ClientCalls.blockingUnaryCall(
              channel,
              Step.METHODS.get(call.method()),
              options(),
              Revisions.moved(call.request(), base));
      return new Answer(Revisions.moved(response, -base), "");
    } catch (StatusRuntimeException e) {
      return new Answer(null, text(e.getStatus()));
    }
  }

  static String text(Status status) {
    return status.getCode() + ": " + status.getDescription();
  }

  private static CallOptions options() {
    return CallOptions.DEFAULT.withDeadlineAfter(CALL_BOUND.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Removes all leases and keys; returns the revision from which the sequence counts.
  private long empty() {
    LeaseGrpc.LeaseBlockingStub leases = LeaseGrpc.newBlockingStub(channel);
    for (LeaseStatus lease :
        leases.leaseLeases(LeaseLeasesRequest.getDefaultInstance()).getLeasesList()) {
      var _ = leases.leaseRevoke(LeaseRevokeRequest.newBuilder().setID(lease.getID()).build());
    }
    KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(channel);
    var _ =
        kv.deleteRange(
            DeleteRangeRequest.newBuilder().setKey(EVERYTHING).setRangeEnd(EVERYTHING).build());
    return kv.range(RangeRequest.newBuilder().setKey(EVERYTHING).build()).getHeader().getRevision();
  }

  /// Makes an event that the watch is sent after all others, whatever it filters and however late
  /// it starts; returns the revisions of both halves.
  private List<Long> sentinel(WatchLog watch, long base) {
    ByteString key = watch.request().getKey().isEmpty() ? EVERYTHING : watch.request().getKey();
    KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(channel);
    long put;
    long delete;
    do {
      put = kv.put(PutRequest.newBuilder().setKey(key).build()).getHeader().getRevision();
      delete =
          kv.deleteRange(DeleteRangeRequest.newBuilder().setKey(key).build())
              .getHeader()
              .getRevision();
    } while (put < base + watch.request().getStartRevision());
    return List.of(put, delete);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
