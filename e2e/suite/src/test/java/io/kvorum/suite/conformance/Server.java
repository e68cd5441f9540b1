package io.kvorum.suite.conformance;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.AlarmMember;
import io.kvorum.node.proto.etcd.AlarmRequest;
import io.kvorum.node.proto.etcd.AuthDisableRequest;
import io.kvorum.node.proto.etcd.AuthGrpc;
import io.kvorum.node.proto.etcd.AuthRoleDeleteRequest;
import io.kvorum.node.proto.etcd.AuthRoleListRequest;
import io.kvorum.node.proto.etcd.AuthUserDeleteRequest;
import io.kvorum.node.proto.etcd.AuthUserListRequest;
import io.kvorum.node.proto.etcd.AuthenticateRequest;
import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseLeasesRequest;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import io.kvorum.node.proto.etcd.LeaseStatus;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.MemberAddResponse;
import io.kvorum.node.proto.etcd.MemberListRequest;
import io.kvorum.node.proto.etcd.MemberPromoteRequest;
import io.kvorum.node.proto.etcd.MemberRemoveRequest;
import io.kvorum.node.proto.etcd.MemberUpdateRequest;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One of the two that are compared: runs sequences, and writes down what it answers.
final class Server implements AutoCloseable {

  private static final Duration CALL_BOUND = Duration.ofSeconds(30);

  /// Everybody's, unless the sequence changes it.
  static final String PASSWORD = "p";

  static final String ROOT = "root";

  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
  private static final ByteString EVERYTHING = ByteString.copyFrom(new byte[] {0});

  private final ManagedChannel channel;

  /// The members that the sequence has added; it names the first one 1, the next one 2.
  private final List<Long> added = new ArrayList<>();

  Server(String endpoint) {
    this.channel = NettyChannelBuilder.forTarget(endpoint).usePlaintext().build();
  }

  /// What became of a call: its response, or the error.
  ///
  /// @param response revisions count from the sequence's beginning
  /// @param error code and text
  record Answer(@Nullable Message response, String error) {

    boolean isTimeout() {
      return error.endsWith("request timed out") || error.startsWith("DEADLINE_EXCEEDED");
    }

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
    added.clear();
    var answers = new ArrayList<Answer>();
    var watches = new ArrayList<WatchLog>();
    try {
      for (Step step : steps) {
        switch (step) {
          case Step.Call call -> answers.add(call(call, base));
          case Step.Watch watch -> {
            watches.add(new WatchLog(asOrNobody(watch.user()), watch.request(), base));
            answers.add(watches.getLast().created());
          }
        }
      }
      openToAll();
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
      Message request = withMember(Revisions.moved(call.request(), base));
      MethodDescriptor<Message, Message> method = Step.descriptor(call.method());
      Message response =
          method.getType() == MethodDescriptor.MethodType.UNARY
              ? ClientCalls.blockingUnaryCall(as(call.user()), method, options(), request)
              : first(as(call.user()), method, request);
      if (response instanceof MemberAddResponse member) {
        added.add(member.getMember().getID());
      }
      return new Answer(Revisions.moved(response, -base), "");
    } catch (StatusRuntimeException e) {
      return new Answer(null, text(e.getStatus()));
    }
  }

  private Message withMember(Message request) {
    return switch (request) {
      case MemberRemoveRequest remove -> remove.toBuilder().setID(member(remove.getID())).build();
      case MemberUpdateRequest update -> update.toBuilder().setID(member(update.getID())).build();
      case MemberPromoteRequest promote ->
          promote.toBuilder().setID(member(promote.getID())).build();
      case Message other -> other;
    };
  }

  private long member(long number) {
    return number > 0 && number <= added.size() ? added.get((int) number - 1) : number;
  }

  /// The first answer on a stream.
  private static Message first(
      Channel channel, MethodDescriptor<Message, Message> method, Message request) {
    var answer = new CompletableFuture<Message>();
    StreamObserver<Message> requests =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(method, options()),
            new StreamObserver<>() {
              @Override
              public void onNext(Message response) {
                answer.complete(response);
              }

              @Override
              public void onError(Throwable failure) {
                answer.completeExceptionally(failure);
              }

              @Override
              public void onCompleted() {}
            });
    requests.onNext(request);
    try {
      Message response = answer.join();
      requests.onCompleted();
      return response;
    } catch (CompletionException e) {
      throw e.getCause() instanceof StatusRuntimeException refused ? refused : e;
    }
  }

  /// The channel of a user who has just signed in; anybody's while nobody is asked.
  private Channel as(String user) {
    if (user.isEmpty()) {
      return channel;
    }
    var request = AuthenticateRequest.newBuilder().setName(user).setPassword(PASSWORD).build();
    var headers = new Metadata();
    try {
      headers.put(
          TOKEN,
          AuthGrpc.newBlockingStub(channel)
              .withDeadlineAfter(CALL_BOUND)
              .authenticate(request)
              .getToken());
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.FAILED_PRECONDITION) {
        throw e;
      }
    }
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private Channel asOrNobody(String user) {
    try {
      return as(user);
    } catch (StatusRuntimeException unknown) {
      return channel;
    }
  }

  static String text(Status status) {
    return status.getCode() + ": " + status.getDescription();
  }

  private static CallOptions options() {
    return CallOptions.DEFAULT.withDeadlineAfter(CALL_BOUND.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Removes all users, alarms, learners, leases and keys; returns the revision from which the
  /// sequence counts.
  private long empty() {
    openToAll();
    ClusterGrpc.ClusterBlockingStub cluster = ClusterGrpc.newBlockingStub(channel);
    for (Member member :
        cluster.memberList(MemberListRequest.getDefaultInstance()).getMembersList()) {
      if (member.getIsLearner()) {
        var _ =
            cluster.memberRemove(MemberRemoveRequest.newBuilder().setID(member.getID()).build());
      }
    }
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

  /// Takes away what would refuse a change.
  private void openToAll() {
    removeUsers();
    MaintenanceGrpc.MaintenanceBlockingStub maintenance = MaintenanceGrpc.newBlockingStub(channel);
    for (AlarmMember alarm : maintenance.alarm(AlarmRequest.getDefaultInstance()).getAlarmsList()) {
      var _ =
          maintenance.alarm(
              AlarmRequest.newBuilder()
                  .setAction(AlarmRequest.AlarmAction.DEACTIVATE)
                  .setMemberID(alarm.getMemberID())
                  .setAlarm(alarm.getAlarm())
                  .build());
    }
  }

  /// Root keeps its password in every sequence.
  private void removeUsers() {
    var _ = AuthGrpc.newBlockingStub(as(ROOT)).authDisable(AuthDisableRequest.getDefaultInstance());
    AuthGrpc.AuthBlockingStub auth = AuthGrpc.newBlockingStub(channel);
    for (String user : auth.userList(AuthUserListRequest.getDefaultInstance()).getUsersList()) {
      var _ = auth.userDelete(AuthUserDeleteRequest.newBuilder().setName(user).build());
    }
    for (String role : auth.roleList(AuthRoleListRequest.getDefaultInstance()).getRolesList()) {
      var _ = auth.roleDelete(AuthRoleDeleteRequest.newBuilder().setRole(role).build());
    }
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
