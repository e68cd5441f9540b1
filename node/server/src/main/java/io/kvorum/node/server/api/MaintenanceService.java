package io.kvorum.node.server.api;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.Alarm;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.RecordChange;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.proto.etcd.AlarmMember;
import io.kvorum.node.proto.etcd.AlarmRequest;
import io.kvorum.node.proto.etcd.AlarmResponse;
import io.kvorum.node.proto.etcd.AlarmType;
import io.kvorum.node.proto.etcd.DefragmentRequest;
import io.kvorum.node.proto.etcd.DefragmentResponse;
import io.kvorum.node.proto.etcd.DowngradeInfo;
import io.kvorum.node.proto.etcd.DowngradeRequest;
import io.kvorum.node.proto.etcd.DowngradeResponse;
import io.kvorum.node.proto.etcd.HashKVRequest;
import io.kvorum.node.proto.etcd.HashKVResponse;
import io.kvorum.node.proto.etcd.HashRequest;
import io.kvorum.node.proto.etcd.HashResponse;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.MoveLeaderRequest;
import io.kvorum.node.proto.etcd.MoveLeaderResponse;
import io.kvorum.node.proto.etcd.SnapshotRequest;
import io.kvorum.node.proto.etcd.SnapshotResponse;
import io.kvorum.node.proto.etcd.StatusRequest;
import io.kvorum.node.proto.etcd.StatusResponse;
import io.kvorum.node.server.MemberStatus;
import io.kvorum.node.server.backup.Backups;
import java.util.List;
import java.util.function.BiFunction;

/// What operators ask of a single member.
public final class MaintenanceService extends MaintenanceGrpc.MaintenanceImplBase {
  private final Backend backend;
  private final Admission admission;
  private final String apiVersion;
  private final Backups backups;
  private final Defragmentation defragmentation;

  public MaintenanceService(
      Backend backend, Admission admission, String apiVersion, Defragmentation defragmentation) {
    this.backend = backend;
    this.admission = admission;
    this.apiVersion = apiVersion;
    this.defragmentation = defragmentation;
    backups = new Backups(storageVersion(apiVersion), backend.counters().backups);
  }

  /// The release whose layout backups have: the first one of the API's minor.
  private static String storageVersion(String apiVersion) {
    return apiVersion.substring(0, apiVersion.lastIndexOf('.')) + ".0";
  }

  /// The state of this member as it is now, without a quorum.
  @Override
  public void snapshot(SnapshotRequest request, StreamObserver<SnapshotResponse> client) {
    backups.send(backend.retainView(), (ServerCallStreamObserver<SnapshotResponse>) client);
  }

  @Override
  public void defragment(DefragmentRequest request, StreamObserver<DefragmentResponse> client) {
    defragmentation.request(
        new Unary<>(backend, client) {
          @Override
          protected void succeeded(Answer answer) {
            respond(DefragmentResponse.getDefaultInstance());
          }
        });
  }

  /// Reads behind a barrier what the cluster has announced, and announces or recalls.
  @Override
  public void downgrade(DowngradeRequest request, StreamObserver<DowngradeResponse> client) {
    backend.submit(
        new Request.Read(
            new Unary<>(backend, client) {
              @Override
              protected void succeeded(Answer answer) {
                switch (decision(request)) {
                  case DowngradeJob.Decision.Refused(ApiError error) -> fail(error);
                  case DowngradeJob.Decision.Granted _ -> respond(downgraded(this));
                  case DowngradeJob.Decision.Change(RecordChange change) ->
                      announce(change, client);
                }
              }
            }));
  }

  private DowngradeJob.Decision decision(DowngradeRequest request) {
    try (View view = backend.retainView()) {
      return DowngradeJob.decide(request, backend.cluster().version(), DowngradeJob.target(view));
    }
  }

  private void announce(RecordChange change, StreamObserver<DowngradeResponse> client) {
    backend.propose(
        new Command.ChangeRecords(List.of(change)),
        new Unary<>(backend, client) {
          @Override
          protected void succeeded(Answer answer) {
            respond(downgraded(this));
          }
        });
  }

  private DowngradeResponse downgraded(Unary<?> call) {
    return DowngradeResponse.newBuilder()
        .setHeader(call.header(backend.revision()))
        .setVersion(backend.cluster().version())
        .build();
  }

  private DowngradeInfo downgradeInfo() {
    try (View view = backend.retainView()) {
      return DowngradeJob.target(view)
          .map(target ->
              DowngradeInfo.newBuilder().setEnabled(true).setTargetVersion(target).build())
          .orElse(DowngradeInfo.getDefaultInstance());
    }
  }

  /// Answered without a quorum.
  @Override
  public void status(StatusRequest request, StreamObserver<StatusResponse> client) {
    MemberStatus.Standing standing = backend.standing();
    var response =
        StatusResponse.newBuilder()
            .setHeader(Headers.of(backend, standing.revision()))
            .setVersion(apiVersion)
            .setDbSize(standing.storeBytes())
            .setDbSizeInUse(standing.storeBytesInUse())
            .setDbSizeQuota(standing.quotaBytes())
            .setLeader(standing.leaderId())
            .setRaftTerm(standing.term())
            .setRaftIndex(standing.committedIndex())
            .setRaftAppliedIndex(standing.appliedIndex())
            .setIsLearner(standing.learner())
            .setStorageVersion(standing.clusterVersion().map(version -> version + ".0").orElse(""))
            .setDowngradeInfo(downgradeInfo());
    if (standing.leaderId() == 0) {
      response.addErrors(ApiError.NO_LEADER.text());
    }
    for (MemberStatus.AlarmRaised alarm : standing.alarms()) {
      response.addErrors(
          "memberID:%s alarm:%s "
              .formatted(Long.toUnsignedString(alarm.memberId()), alarm.kind().name()));
    }
    client.onNext(response.build());
    client.onCompleted();
  }

  @Override
  public void alarm(AlarmRequest request, StreamObserver<AlarmResponse> client) {
    admission.propose(
        command(request),
        new Unary<>(backend, client) {
          @Override
          protected void succeeded(Answer answer) {
            if (answer instanceof Answer.Applied(Outcome.Alarms alarms)) {
              respond(response(alarms));
            } else {
              throw Invariant.unreachable("an alarm request is answered by alarms");
            }
          }

          private AlarmResponse response(Outcome.Alarms alarms) {
            var response = AlarmResponse.newBuilder().setHeader(header(alarms.revision()));
            for (Alarm alarm : alarms.alarms()) {
              response.addAlarms(
                  AlarmMember.newBuilder()
                      .setMemberID(alarm.memberId())
                      .setAlarm(
                          switch (alarm.type()) {
                            case NONE -> AlarmType.NONE;
                            case NO_SPACE -> AlarmType.NOSPACE;
                            case CORRUPT -> AlarmType.CORRUPT;
                          }));
            }
            return response.build();
          }
        });
  }

  private static Command.AlarmRequest command(AlarmRequest request) {
    Alarm.Type type =
        switch (request.getAlarm()) {
          case NONE, UNRECOGNIZED -> Alarm.Type.NONE;
          case NOSPACE -> Alarm.Type.NO_SPACE;
          case CORRUPT -> Alarm.Type.CORRUPT;
        };
    Alarm.Action action =
        switch (request.getAction()) {
          case GET, UNRECOGNIZED -> Alarm.Action.GET;
          case ACTIVATE -> Alarm.Action.ACTIVATE;
          case DEACTIVATE -> Alarm.Action.DEACTIVATE;
        };
    return new Command.AlarmRequest(action, request.getMemberID(), type);
  }

  @Override
  public void moveLeader(MoveLeaderRequest request, StreamObserver<MoveLeaderResponse> client) {
    if (backend.leader().memberId() != backend.memberId()) {
      client.onError(ApiError.NOT_LEADER.exception());
      return;
    }
    if (request.getTargetID() == 0) {
      client.onError(ApiError.BAD_TRANSFEREE.exception());
      return;
    }
    backend.submit(
        new Request.MoveLeadership(
            new MemberId(request.getTargetID()),
            new Unary<>(backend, client) {
              @Override
              protected void succeeded(Answer answer) {
                respond(MoveLeaderResponse.getDefaultInstance());
              }
            }));
  }

  @Override
  public void hash(HashRequest request, StreamObserver<HashResponse> client) {
    hashed(
        0,
        backend.counters().hashes,
        client,
        (call, hashed) ->
            HashResponse.newBuilder()
                .setHeader(call.header(hashed.revision()))
                .setHash(hashed.hash())
                .build());
  }

  @Override
  public void hashKV(HashKVRequest request, StreamObserver<HashKVResponse> client) {
    hashed(
        request.getRevision(),
        backend.counters().hashesByRevision,
        client,
        (call, hashed) ->
            HashKVResponse.newBuilder()
                .setHeader(call.header(hashed.revision()))
                .setHash(hashed.hash())
                .setCompactRevision(hashed.compactRevision())
                .setHashRevision(hashed.hashedRevision())
                .build());
  }

  /// Reads everything, so it never runs on the event loop.
  private <T> void hashed(
      long revision,
      Timings timings,
      StreamObserver<T> client,
      BiFunction<Unary<T>, Outcome.Hashed, T> response) {
    var call =
        new Unary<T>(backend, client) {
          @Override
          protected void succeeded(Answer answer) {
            View view = backend.retainView();
            boolean offered =
                backend.offerSlowRead(() -> {
                  try (view) {
                    long began = System.nanoTime();
                    Outcome outcome = view.hash(revision);
                    timings.took(System.nanoTime() - began);
                    finish(outcome);
                  }
                });
            if (!offered) {
              view.close();
              fail(ApiError.TOO_MANY_REQUESTS);
            }
          }

          private void finish(Outcome outcome) {
            switch (outcome) {
              case Outcome.Hashed hashed -> respond(response.apply(this, hashed));
              case Outcome.Failure failure -> fail(ApiErrors.of(failure));
              default -> throw Invariant.unreachable("a hash is a hash or refused");
            }
          }
        };
    call.succeeded(new Answer.ReadReady());
  }
}
