package io.kvorum.node.core.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// The tree of API v2. What each change means is compared with etcd's by the end-to-end suite.
final class V2TreeTest {

  private static final long SECOND = 1_000_000_000;
  private static final long START = 1_700_000_000 * SECOND;
  private static final List<String> PATHS =
      List.of("/", "/a", "/a/b", "/a/b/c", "/a/_h", "/b", "/b/c", "/_s", "/_s/x");

  private final Kv kv = raised(Kv.open(new MemoryStore()));
  private long next = 2;

  private static Kv raised(Kv kv) {
    kv.apply(List.of(entry(1, new Command.FeatureLevel(Kv.MAX_FEATURE_LEVEL)))).view().close();
    return kv;
  }

  private static Committed entry(long index, Command command) {
    return new Committed.CommandEntry(index, 1, CommandCodec.encode(index, command));
  }

  private Outcome apply(V2Command command) {
    Applied applied = kv.apply(List.of(entry(next++, command)));
    applied.view().close();
    return applied.outcomes().getFirst();
  }

  private static V2Command set(String path, String value) {
    return new V2Command.Set(path, false, value, V2Command.Lifetime.ENDLESS, START);
  }

  private static V2Command setFor(String path, long seconds) {
    var lifetime = new V2Command.Lifetime(START + seconds * SECOND, false);
    return new V2Command.Set(path, false, "v", lifetime, START);
  }

  @Test
  void anEarlierFeatureLevel_refusesTheTree() {
    Kv old = Kv.open(new MemoryStore());
    Applied applied = old.apply(List.of(entry(1, set("/a", "1"))));
    assertThat(applied.outcomes()).containsExactly(new Outcome.FeatureLevelTooLow(3, 1));
    applied.view().close();
  }

  @Test
  void expire_endsWhatIsDue_theEarliestFirst_andNothingElse() {
    apply(setFor("/late", 9));
    apply(setFor("/d/x", 3));
    apply(setFor("/early", 1));
    apply(set("/d/y", "stays"));
    var expired = (Outcome.V2Expired) apply(new V2Command.Expire(START + 3 * SECOND));
    assertThat(expired.ended())
        .extracting(done -> done.event().action() + " " + done.event().node().path())
        .containsExactly("EXPIRE /early", "EXPIRE /d/x");
    try (View view = kv.view()) {
      assertThat(view.v2().nextExpiration()).hasValue(START + 9 * SECOND);
      assertThat(view.v2().index()).isEqualTo(6);
    }
  }

  @Test
  void aDirectoryThatExpires_takesWhatIsBelow_withItsOwnEnd() {
    apply(setFor("/d/x", 5));
    var lifetime = new V2Command.Lifetime(START + SECOND, false);
    apply(new V2Command.Update("/d", "", lifetime, START));
    var expired = (Outcome.V2Expired) apply(new V2Command.Expire(START + SECOND));
    assertThat(expired.ended().getFirst().ended()).containsExactly("/d/x", "/d");
    try (View view = kv.view()) {
      assertThat(view.v2().nextExpiration()).isEmpty();
    }
  }

  @Test
  void history_keepsTheLatestThousandEvents() {
    for (int i = 0; i < 1_100; i++) {
      apply(set("/a", "v" + i));
    }
    try (View view = kv.view()) {
      V2View tree = view.v2();
      assertThat(tree.oldestEvent()).isEqualTo(101);
      V2Event first = tree.firstEvent(0, _ -> true);
      assertThat(first).extracting(V2Event::index).isEqualTo(101L);
    }
  }

  @Test
  void namesWithAnyCharacter_stayApart() {
    apply(set("/a\0b", "1"));
    apply(set("/a/\0b", "2"));
    apply(set("/a\0/b", "3"));
    try (View view = kv.view()) {
      var root = (Outcome.V2Done) view.v2().get("/", false, START);
      assertThat(root.event().node().children())
          .extracting(V2Node::path)
          .containsExactly("/a", "/a\0", "/a\0b");
    }
  }

  @Test
  void batchesAndCrashes_makeNoDifference() {
    Seeds.forEach(
        200,
        random -> {
          List<Committed> log = log(random);
          Kv plain = Kv.open(new MemoryStore());
          var outcomes = new ArrayList<Outcome>();
          for (Committed entry : log) {
            Applied applied = plain.apply(List.of(entry));
            outcomes.addAll(applied.outcomes());
            applied.view().close();
          }
          var store = new MemoryStore();
          Kv other = Kv.open(store);
          while (other.appliedIndex() < log.size()) {
            int from = (int) other.appliedIndex();
            int to = Math.min(log.size(), from + 1 + random.nextInt(30));
            Applied applied = other.apply(log.subList(from, to));
            assertThat(applied.outcomes()).isEqualTo(outcomes.subList(from, to));
            applied.view().close();
            if (random.nextInt(4) == 0) {
              store.flush();
            } else if (random.nextInt(4) == 0) {
              store = store.crash(random);
              other = Kv.open(store);
            }
          }
          try (View one = plain.view();
              View two = other.view()) {
            long now = START + random.nextLong(100 * SECOND);
            assertThat(two.v2().get("/", true, now)).isEqualTo(one.v2().get("/", true, now));
            assertThat(two.v2().nextExpiration()).isEqualTo(one.v2().nextExpiration());
            assertThat(two.v2().firstEvent(0, _ -> true))
                .isEqualTo(one.v2().firstEvent(0, _ -> true));
          }
        });
  }

  private static List<Committed> log(RandomGenerator random) {
    var log = new ArrayList<Committed>();
    log.add(entry(1, new Command.FeatureLevel(Kv.MAX_FEATURE_LEVEL)));
    for (int i = 2; i < 100; i++) {
      log.add(entry(i, command(random, START + i * SECOND)));
    }
    return log;
  }

  private static V2Command command(RandomGenerator random, long now) {
    String path = PATHS.get(random.nextInt(PATHS.size()));
    String value = "v" + random.nextInt(3);
    long expiration = random.nextInt(3) > 0 ? 0 : now + random.nextInt(20) * SECOND;
    var lifetime = new V2Command.Lifetime(expiration, random.nextInt(4) == 0);
    var expected =
        new V2Command.Expected(random.nextBoolean() ? value : "", random.nextInt(3) * 5L);
    return switch (random.nextInt(8)) {
      case 0 -> new V2Command.Create(path, false, value, random.nextBoolean(), lifetime, now);
      case 1 -> new V2Command.Set(path, true, "", lifetime, now);
      case 2 -> new V2Command.Update(path, random.nextBoolean() ? value : "", lifetime, now);
      case 3 -> new V2Command.CompareAndSwap(path, expected, value, lifetime, now);
      case 4 -> new V2Command.Delete(path, random.nextBoolean(), random.nextBoolean(), now);
      case 5 -> new V2Command.CompareAndDelete(path, expected, now);
      case 6 -> new V2Command.Expire(now);
      default -> new V2Command.Set(path, false, value, lifetime, now);
    };
  }
}
