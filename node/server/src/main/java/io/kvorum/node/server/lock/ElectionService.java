package io.kvorum.node.server.lock;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.election.CampaignRequest;
import io.kvorum.node.proto.election.CampaignResponse;
import io.kvorum.node.proto.election.ElectionGrpc;
import io.kvorum.node.proto.election.LeaderKey;
import io.kvorum.node.proto.election.LeaderRequest;
import io.kvorum.node.proto.election.LeaderResponse;
import io.kvorum.node.proto.election.ProclaimRequest;
import io.kvorum.node.proto.election.ProclaimResponse;
import io.kvorum.node.proto.election.ResignRequest;
import io.kvorum.node.proto.election.ResignResponse;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.server.api.ApiError;

/// Elections: who has the oldest key under a name leads, as long as its lease lives, and the key's
/// value is what it says of itself.
final class ElectionService extends ElectionGrpc.ElectionImplBase {
  private final OwnStore.Parts parts;
  private final WaitingCalls calls;

  ElectionService(OwnStore.Parts parts, WaitingCalls calls) {
    this.parts = parts;
    this.calls = calls;
  }

  @Override
  public void campaign(CampaignRequest request, StreamObserver<CampaignResponse> client) {
    var store = new OwnStore(parts);
    calls.answer(client, () -> campaign(store, request));
  }

  private static CampaignResponse campaign(OwnStore store, CampaignRequest request)
      throws InterruptedException {
    long lease = Leases.orGranted(store, request.getLease());
    var contest = new Contest(store, request.getName());
    ByteString key = contest.key(lease);
    TxnResponse entered = store.txn(Contest.entering(key, request.getValue(), lease).build());
    var place =
        LeaderKey.newBuilder()
            .setName(request.getName())
            .setKey(key)
            .setRev(Contest.created(entered))
            .setLease(lease)
            .build();
    if (!entered.getSucceeded()
        && !request
            .getValue()
            .equals(entered.getResponses(0).getResponseRange().getKvs(0).getValue())) {
      var _ = proclaim(store, place, request.getValue());
    }
    contest.awaitTurn(key, place.getRev());
    if (entered.getSucceeded() && Context.current().isCancelled()) {
      store.leave(Contest.leaving(key, place.getRev()));
    }
    return CampaignResponse.newBuilder().setHeader(entered.getHeader()).setLeader(place).build();
  }

  @Override
  public void proclaim(ProclaimRequest request, StreamObserver<ProclaimResponse> client) {
    if (!request.hasLeader()) {
      client.onError(ApiError.LEADER_FIELD_MISSING.exception());
      return;
    }
    var store = new OwnStore(parts);
    calls.answer(
        client,
        () ->
            ProclaimResponse.newBuilder()
                .setHeader(proclaim(store, request.getLeader(), request.getValue()))
                .build());
  }

  private static ResponseHeader proclaim(OwnStore store, LeaderKey place, ByteString value) {
    long lease = Leases.orGranted(store, place.getLease());
    TxnResponse done =
        store.txn(
            TxnRequest.newBuilder()
                .addCompare(Contest.createdAt(place.getKey(), place.getRev()))
                .addSuccess(
                    RequestOp.newBuilder().setRequestPut(Contest.put(place.getKey(), value, lease)))
                .build());
    if (!done.getSucceeded()) {
      throw ApiError.NOT_ELECTION_LEADER.exception();
    }
    return done.getHeader();
  }

  @Override
  public void resign(ResignRequest request, StreamObserver<ResignResponse> client) {
    if (!request.hasLeader()) {
      client.onError(ApiError.LEADER_FIELD_MISSING.exception());
      return;
    }
    var store = new OwnStore(parts);
    LeaderKey place = request.getLeader();
    calls.answer(
        client,
        () ->
            ResignResponse.newBuilder()
                .setHeader(store.txn(Contest.leaving(place.getKey(), place.getRev())).getHeader())
                .build());
  }

  @Override
  public void leader(LeaderRequest request, StreamObserver<LeaderResponse> client) {
    var store = new OwnStore(parts);
    calls.answer(client, () -> leader(store, request));
  }

  private static LeaderResponse leader(OwnStore store, LeaderRequest request)
      throws InterruptedException {
    RangeResponse first = store.range(new Contest(store, request.getName()).first());
    if (first.getKvsCount() == 0) {
      throw ApiError.NO_ELECTION_LEADER.exception();
    }
    return LeaderResponse.newBuilder().setHeader(first.getHeader()).setKv(first.getKvs(0)).build();
  }

  @Override
  public void observe(LeaderRequest request, StreamObserver<LeaderResponse> client) {
    var store = new OwnStore(parts);
    var observer =
        new LeaderObserver(
            store,
            new Contest(store, request.getName()),
            new PacedStream<>((ServerCallStreamObserver<LeaderResponse>) client));
    calls.run(client, observer::run);
  }
}
