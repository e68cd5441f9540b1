package io.kvorum.node.server.grpcproxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.server.grpcproxy.ScriptedMember.WatchTalk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Where watches stand that share one on a member: when the member is lost, history is gone, or a
/// revision comes in parts.
@Timeout(60)
final class SharedWatchesTest {

  private static final Status LOST = Status.UNAVAILABLE.withDescription("the member stops");

  private static WatchCreateRequest.Builder watchOf(String key) {
    return WatchCreateRequest.newBuilder().setKey(ByteString.copyFromUtf8(key));
  }

  /// The next stream on the member, with its first watch created at a revision.
  private static WatchTalk created(ScriptedMember member, long revision) {
    WatchTalk talk = member.nextWatches();
    talk.nextCreate();
    talk.created(0, revision);
    return talk;
  }

  /// The same for a watch that must begin at a revision.
  private static WatchTalk createdFrom(ScriptedMember member, long start, long revision) {
    WatchTalk talk = member.nextWatches();
    assertThat(talk.nextCreate().getStartRevision()).isEqualTo(start);
    talk.created(0, revision);
    return talk;
  }

  /// Opens a watch of a key from a revision on, and the one that it shares: the stream of that.
  private static WatchTalk opened(
      ScriptedMember member, TrialProxy.Watching client, String key, long revision) {
    client.watch(watchOf(key));
    WatchTalk lane = created(member, revision);
    assertThat(client.next().getCreated()).isTrue();
    WatchTalk shared = createdFrom(member, revision + 1, revision);
    lane.awaitLeft();
    return shared;
  }

  /// Opens another one that shares it, at a later revision.
  private static void joined(
      ScriptedMember member, TrialProxy.Watching client, String key, long revision) {
    client.watch(watchOf(key));
    WatchTalk lane = created(member, revision);
    assertThat(client.next().getCreated()).isTrue();
    lane.awaitLeft();
  }

  // ---- History that is gone

  @Test
  void compaction_endsTheWatchesThatNeedWhatIsGone_andNoOthers() {
    try (var member = new ScriptedMember();
        var proxy = new TrialProxy(member)) {
      TrialProxy.Watching old = proxy.new Watching();
      TrialProxy.Watching fresh = proxy.new Watching();
      WatchTalk first = opened(member, old, "k", 10);
      joined(member, fresh, "k", 100);

      first.end(LOST);
      WatchTalk second = createdFrom(member, 11, 120);
      second.compacted(0, 50);

      WatchResponse told = old.next();
      assertThat(told.getCanceled()).isTrue();
      assertThat(told.getCompactRevision()).isEqualTo(50);
      second.awaitLeft();
      WatchTalk lane = createdFrom(member, 101, 120);
      WatchTalk third = createdFrom(member, 101, 120);
      lane.awaitLeft();
      third.event(0, 110, 120);
      assertThat(fresh.next().getEvents(0).getKv().getModRevision()).isEqualTo(110);
      assertThat(fresh.hasEnded()).isFalse();
    }
  }

  @Test
  void anotherMember_isAskedForWhatSomebodyLacks() {
    try (var member = new ScriptedMember();
        var proxy = new TrialProxy(member)) {
      TrialProxy.Watching old = proxy.new Watching();
      TrialProxy.Watching fresh = proxy.new Watching();
      WatchTalk first = opened(member, old, "k", 10);
      joined(member, fresh, "k", 100);
      old.cancel(0);
      assertThat(old.next().getCanceled()).isTrue();

      first.end(LOST);
      assertThat(member.nextWatches().nextCreate().getStartRevision()).isEqualTo(101);
    }
  }

  /// What a watch was told when it was opened says little once the store has moved on.
  @Test
  void watchThatIsFarBehind_opensNothingToShare_howeverLongItHasBeenOpen() {
    try (var member = new ScriptedMember();
        var proxy = new TrialProxy(member)) {
      TrialProxy.Watching client = proxy.new Watching();
      client.watch(watchOf("k").setStartRevision(1));
      WatchTalk lane = created(member, 5_000);
      lane.event(0, 4_500, 100_000);
      lane.event(0, 99_500, 100_000);
      assertThat(member.nextWatches().nextCreate().getStartRevision()).isEqualTo(99_501);
    }
  }

  // ---- Parts of a revision

  @Test
  void revisionInParts_endsWithoutEvents_andIsComplete() {
    try (var member = new ScriptedMember();
        var proxy = new TrialProxy(member)) {
      TrialProxy.Watching client = proxy.new Watching();
      client.watch(watchOf("k").setFragment(true));
      WatchTalk lane = created(member, 10);
      assertThat(client.next().getCreated()).isTrue();
      WatchTalk first = created(member, 10);
      lane.awaitLeft();

      first.part(0, 11);
      first.nothing(0, 11);
      assertThat(client.next().getFragment()).isTrue();
      WatchResponse end = client.next();
      assertThat(end.getFragment()).isFalse();
      assertThat(end.getEventsCount()).isZero();

      first.end(LOST);
      WatchTalk second = createdFrom(member, 12, 12);
      second.event(0, 12, 12);
      assertThat(client.next().getEvents(0).getKv().getModRevision()).isEqualTo(12);
      assertThat(client.hasEnded()).isFalse();
    }
  }

  @Test
  void revisionInParts_ofAWatchOnItsOwn_isCompleteAndNoMore() {
    try (var member = new ScriptedMember();
        var proxy = new TrialProxy(member)) {
      TrialProxy.Watching client = proxy.new Watching();
      client.watch(watchOf("k").setFragment(true).setStartRevision(1));
      WatchTalk first = created(member, 5_000);
      first.part(0, 11);
      first.nothing(0, 11);
      assertThat(client.next().getCreated()).isTrue();
      assertThat(client.next().getFragment()).isTrue();
      assertThat(client.next().getFragment()).isFalse();

      first.end(LOST);
      assertThat(member.nextWatches().nextCreate().getStartRevision()).isEqualTo(12);
      assertThat(client.hasEnded()).isFalse();
    }
  }

  // ---- Progress

  /// The stream that is to carry the question has only been opened.
  @Test
  void questionAboutProgress_isAskedOnceTheMemberTakesIt() {
    try (var member = new ScriptedMember();
        var proxy = new TrialProxy(member)) {
      TrialProxy.Watching client = proxy.new Watching();
      client.askProgress();
      WatchTalk lane = member.nextWatches();
      lane.awaitProgressRequest();
      lane.progress(7);
      WatchResponse told = client.next();
      assertThat(told.getWatchId()).isEqualTo(-1);
      assertThat(told.getHeader().getRevision()).isEqualTo(7);
    }
  }

  /// A watch moves from the shared one to the stream of its client, which a member has been asked
  /// about before: what it answers then does not hold for that watch.
  @Test
  void progressFromBeforeAWatchHasMoved_isNotTold() {
    try (var member = new ScriptedMember();
        var proxy = new TrialProxy(member)) {
      TrialProxy.Watching client = proxy.new Watching();
      client.watch(watchOf("far behind").setStartRevision(1));
      WatchTalk lane = created(member, 5_000);
      client.watch(watchOf("k"));
      lane.nextCreate();
      lane.created(1, 5_000);
      WatchTalk shared = created(member, 5_000);
      assertThat(lane.next().hasCancelRequest()).isTrue();
      assertThat(client.next().getCreated()).isTrue();
      assertThat(client.next().getCreated()).isTrue();
      client.askProgress();
      lane.awaitProgressRequest();
      shared.awaitProgressRequest();

      shared.compacted(0, 4_000);
      assertThat(lane.nextCreate().getStartRevision()).isEqualTo(5_001);
      lane.progress(6_000);
      lane.created(2, 6_000);
      WatchTalk again = created(member, 6_000);
      lane.alwaysAtRevision(7_000);
      again.alwaysAtRevision(7_000);
      WatchResponse told = client.next();
      assertThat(told.getWatchId()).isEqualTo(-1);
      assertThat(told.getHeader().getRevision()).isEqualTo(7_000);
    }
  }
}
