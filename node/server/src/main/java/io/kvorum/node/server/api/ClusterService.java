package io.kvorum.node.server.api;

import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.core.replica.MemberRecord;
import io.kvorum.node.core.replica.MembershipRefusal;
import io.kvorum.node.core.replica.MembershipRequest;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.core.replica.RequestIds;
import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.MemberAddRequest;
import io.kvorum.node.proto.etcd.MemberAddResponse;
import io.kvorum.node.proto.etcd.MemberListRequest;
import io.kvorum.node.proto.etcd.MemberListResponse;
import io.kvorum.node.proto.etcd.MemberPromoteRequest;
import io.kvorum.node.proto.etcd.MemberPromoteResponse;
import io.kvorum.node.proto.etcd.MemberRemoveRequest;
import io.kvorum.node.proto.etcd.MemberRemoveResponse;
import io.kvorum.node.proto.etcd.MemberUpdateRequest;
import io.kvorum.node.proto.etcd.MemberUpdateResponse;
import io.kvorum.node.proto.etcd.ResponseHeader;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;

/// Membership, as clients call it.
public final class ClusterService extends ClusterGrpc.ClusterImplBase {
  /// Headers of membership answers carry no revision.
  private static final long NO_REVISION = 0;

  private final Backend backend;
  private final RequestIds ids;
  private final PromotionCalls promotions;
  private final LongSupplier unixSeconds;

  public ClusterService(
      Backend backend, RequestIds ids, PromotionCalls promotions, LongSupplier unixSeconds) {
    this.backend = backend;
    this.ids = ids;
    this.promotions = promotions;
    this.unixSeconds = unixSeconds;
  }

  @Override
  public void memberAdd(MemberAddRequest request, StreamObserver<MemberAddResponse> client) {
    Optional<List<String>> urls = PeerUrls.parse(request.getPeerURLsList());
    if (urls.isEmpty()) {
      client.onError(ApiError.BAD_MEMBER_URLS.exception());
      return;
    }
    MemberId id =
        NewMemberId.of(
            urls.get(),
            unixSeconds.getAsLong(),
            taken ->
                backend.cluster().isRemoved(taken)
                    || backend.cluster().maybeMember(taken).isPresent());
    change(
        new MembershipRequest.Add(id, urls.get(), request.getIsLearner()),
        client,
        (header, cluster) ->
            MemberAddResponse.newBuilder()
                .setHeader(header)
                .setMember(member(cluster.maybeMember(id).orElseThrow()))
                .addAllMembers(members(cluster))
                .build());
  }

  @Override
  public void memberRemove(
      MemberRemoveRequest request, StreamObserver<MemberRemoveResponse> client) {
    change(
        new MembershipRequest.Remove(new MemberId(request.getID())),
        client,
        (header, cluster) ->
            MemberRemoveResponse.newBuilder()
                .setHeader(header)
                .addAllMembers(members(cluster))
                .build());
  }

  @Override
  public void memberUpdate(
      MemberUpdateRequest request, StreamObserver<MemberUpdateResponse> client) {
    Optional<List<String>> urls = PeerUrls.parse(request.getPeerURLsList());
    if (urls.isEmpty()) {
      client.onError(ApiError.BAD_MEMBER_URLS.exception());
      return;
    }
    change(
        new MembershipRequest.UpdatePeerUrls(new MemberId(request.getID()), urls.get()),
        client,
        (header, cluster) ->
            MemberUpdateResponse.newBuilder()
                .setHeader(header)
                .addAllMembers(members(cluster))
                .build());
  }

  @Override
  public void memberPromote(
      MemberPromoteRequest request, StreamObserver<MemberPromoteResponse> client) {
    Response<MemberPromoteResponse> response =
        (header, cluster) ->
            MemberPromoteResponse.newBuilder()
                .setHeader(header)
                .addAllMembers(members(cluster))
                .build();
    var promote = new MembershipRequest.Promote(new MemberId(request.getID()));
    submit(
        promote,
        new Change<>(backend, client, response) {
          @Override
          protected void answered(Answer answer) {
            long leader = backend.leader().memberId();
            boolean elsewhere =
                answer instanceof Answer.MembershipRefused(MembershipRefusal reason)
                    && reason == MembershipRefusal.NOT_LEADER;
            if (elsewhere && leader != 0 && leader != backend.memberId()) {
              askLeader(leader, request.getID(), this);
            } else {
              super.answered(answer);
            }
          }
        });
  }

  private void askLeader(long leader, long memberId, Change<?> call) {
    var _ =
        promotions
            .promote(leader, memberId)
            .whenComplete((cluster, failure) -> {
              if (failure == null) {
                call.succeeded(new Answer.MembersChanged(cluster));
              } else {
                call.fail(CallFailedException.errorOf(failure));
              }
            });
  }

  @Override
  public void memberList(MemberListRequest request, StreamObserver<MemberListResponse> client) {
    var list =
        new Unary<>(backend, client) {
          @Override
          protected void succeeded(Answer answer) {
            respond(
                MemberListResponse.newBuilder()
                    .setHeader(header(NO_REVISION))
                    .addAllMembers(members(backend.cluster()))
                    .build());
          }
        };
    if (request.getLinearizable()) {
      backend.submit(new Request.Read(list));
    } else {
      list.succeeded(new Answer.ReadReady());
    }
  }

  private interface Response<T> {
    T of(ResponseHeader header, Cluster cluster);
  }

  private <T> void change(
      MembershipRequest request, StreamObserver<T> client, Response<T> response) {
    submit(request, new Change<>(backend, client, response));
  }

  private void submit(MembershipRequest request, Change<?> call) {
    backend.submit(new Request.ChangeMembership(ids.next(), request, call));
  }

  private static class Change<T> extends Unary<T> {
    private final Response<T> response;

    Change(Backend backend, StreamObserver<T> client, Response<T> response) {
      super(backend, client);
      this.response = response;
    }

    @Override
    protected void succeeded(Answer answer) {
      if (answer instanceof Answer.MembersChanged(Cluster cluster)) {
        respond(response.of(header(NO_REVISION), cluster));
      } else {
        throw Invariant.unreachable("a membership change is answered by the members");
      }
    }
  }

  private static List<Member> members(Cluster cluster) {
    Function<MemberRecord, Member> written = ClusterService::member;
    return cluster.members().values().stream().map(written).toList();
  }

  private static Member member(MemberRecord member) {
    return Member.newBuilder()
        .setID(member.id().value())
        .setName(member.attributes().name())
        .addAllPeerURLs(member.peerUrls())
        .addAllClientURLs(member.attributes().clientUrls())
        .setIsLearner(member.learner())
        .build();
  }
}
