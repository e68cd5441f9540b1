package io.kvorum.suite.v2;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.suite.members.MemberCluster;
import io.kvorum.suite.members.Product;
import io.kvorum.suite.v2.V2Client.Call;
import io.kvorum.testkit.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// API v2 tells the same as etcd's: status, body and headers of every answer, over generated
/// sequences of requests.
///
/// etcd's index already counts its own members when a client comes first, so Kvorum's is brought to
/// the same number at the start, and both stay in step.
@Timeout(value = 30, unit = TimeUnit.MINUTES)
final class V2Test {

  private static final int SEEDS = 100;
  private static final int CALLS = 25;
  private static final Call END = new Call("PUT", "/keys/r/a/b/end", Map.of("value", "end"));
  private static final Call CLEAR = new Call("DELETE", "/keys/r", Map.of("recursive", "true"));

  @TempDir private static Path folder;

  private static MemberCluster etcd;
  private static MemberCluster kvorum;
  private static V2Client theirs;
  private static V2Client ours;

  @BeforeAll
  static void start() throws Exception {
    etcd = start(Product.ETCD);
    kvorum = start(Product.KVORUM);
    theirs = new V2Client("http://" + etcd.endpoints());
    ours = new V2Client("http://" + kvorum.endpoints());
    Call first = new Call("PUT", "/keys/first", Map.of("value", "1"));
    long target = V2Client.index(theirs.answer(first));
    while (V2Client.index(ours.answer(first)) < target) {
      // Each write is one step of the index.
    }
    Call gone = new Call("DELETE", "/keys/first", Map.of());
    assertThat(V2Client.index(ours.answer(gone))).isEqualTo(V2Client.index(theirs.answer(gone)));
  }

  private static MemberCluster start(Product product) throws IOException {
    Path data = Files.createTempDirectory(folder, "member");
    return new MemberCluster(product, data, 1).start("--enable-v2");
  }

  @AfterAll
  static void stop() {
    etcd.close();
    kvorum.close();
  }

  @Test
  void generatedSequences_areAnsweredAlike() {
    Seeds.forEach(SEEDS, V2Test::sequence);
  }

  private static void sequence(RandomGenerator random) throws Exception {
    var generator = new V2Generator(random);
    var told = new ArrayList<String>();
    var watches = new ArrayList<Watched>();
    long index = V2Client.index(ours.answer(END));
    assertThat(V2Client.index(theirs.answer(END))).isEqualTo(index);
    for (int i = 0; i < CALLS; i++) {
      if (random.nextInt(6) == 0) {
        Call watch = generator.watch(index);
        told.add(watch.toString());
        watches.add(new Watched(told.size(), theirs.await(watch), ours.await(watch)));
        continue;
      }
      Call call = generator.call(index);
      told.add(call.toString());
      String answer = theirs.answer(call);
      assertThat(ours.answer(call)).as("behind%n%s", String.join("\n", told)).isEqualTo(answer);
      index = Math.max(index, V2Client.index(answer));
    }
    for (Call last : List.of(END, CLEAR)) {
      assertThat(ours.answer(last)).isEqualTo(theirs.answer(last));
    }
    for (Watched watched : watches) {
      watched.check(told);
    }
  }

  /// A wait on both; the end of a sequence ends most of them.
  private record Watched(
      int behind, CompletableFuture<String> theirs, CompletableFuture<String> ours) {

    private static final long BOUND_SECONDS = 10;

    void check(List<String> told) throws Exception {
      if (theirs.isDone() || ours.isDone()) {
        assertThat(ours.get(BOUND_SECONDS, TimeUnit.SECONDS))
            .as("wait %d of%n%s", behind, String.join("\n", told))
            .isEqualTo(theirs.get(BOUND_SECONDS, TimeUnit.SECONDS));
      } else {
        theirs.cancel(true);
        ours.cancel(true);
      }
    }
  }

  @Test
  void whatExpires_isToldAsEtcdTellsIt() throws Exception {
    Call put = new Call("PUT", "/keys/t/x", Map.of("value", "v", "ttl", "1"));
    Call wait = new Call("GET", "/keys/t", Map.of("wait", "true", "recursive", "true"));
    assertThat(ours.answer(put)).isEqualTo(theirs.answer(put));
    CompletableFuture<String> told = theirs.await(wait);
    assertThat(ours.await(wait).get(20, TimeUnit.SECONDS))
        .isEqualTo(told.get(20, TimeUnit.SECONDS));
    Call clear = new Call("DELETE", "/keys/t", Map.of("recursive", "true"));
    assertThat(ours.answer(clear)).isEqualTo(theirs.answer(clear));
  }

  @Test
  void aStream_bringsThePast_andAllThatFollows() throws Exception {
    Call put = new Call("PUT", "/keys/s/x", Map.of("value", "one"));
    String first = ours.answer(put);
    assertThat(theirs.answer(put)).isEqualTo(first);
    Call stream =
        new Call(
            "GET",
            "/keys/s",
            Map.of(
                "wait", "true",
                "stream", "true",
                "recursive", "true",
                "waitIndex", Long.toString(V2Client.index(first))));
    try (Stream<String> lines = ours.lines(stream)) {
      Iterator<String> told = lines.iterator();
      assertThat(told.next()).contains("\"value\":\"one\"");
      for (String value : List.of("two", "three")) {
        Call next = new Call("PUT", "/keys/s/x", Map.of("value", value));
        assertThat(ours.answer(next)).isEqualTo(theirs.answer(next));
        assertThat(told.next()).contains("\"value\":\"" + value + "\"");
      }
    }
  }

  @Test
  void theTree_outlivesItsMember() throws Exception {
    Call put = new Call("PUT", "/keys/kept/x", Map.of("value", "v"));
    Call get = new Call("GET", "/keys/kept", Map.of("recursive", "true", "sorted", "true"));
    Path data = Files.createTempDirectory(folder, "member");
    try (var member = new MemberCluster(Product.KVORUM, data, 1).start("--enable-v2")) {
      var client = new V2Client("http://" + member.endpoints());
      client.answer(put);
      String before = client.answer(get);
      assertThat(before).contains("\"value\":\"v\"");
      member.start("--enable-v2");
      assertThat(client.answer(get)).isEqualTo(before);
    }
  }

  @Test
  void membersAndStatistics_areShownAsEtcdShowsThem() throws Exception {
    for (String path : List.of("/members", "/members/leader", "/stats/leader", "/machines")) {
      Call call = new Call("GET", path, Map.of());
      assertThat(masked(ours.answer(call))).as(path).isEqualTo(masked(theirs.answer(call)));
    }
    for (Call call :
        List.of(
            new Call("GET", "/members/nobody", Map.of()),
            new Call("DELETE", "/members/1234", Map.of()),
            new Call("DELETE", "/members/zz", Map.of()),
            new Call("DELETE", "/members", Map.of()),
            new Call("POST", "/members", Map.of("peerURLs", "x")),
            new Call("PATCH", "/members", Map.of()),
            new Call("PUT", "/machines", Map.of()),
            new Call("POST", "/stats/self", Map.of()),
            new Call("GET", "/stats/nothing", Map.of()),
            new Call("GET", "/nothing", Map.of()))) {
      assertThat(ours.answer(call)).as("%s", call).isEqualTo(theirs.answer(call));
    }
  }

  /// Without addresses and ids, which differ.
  private static String masked(String answer) {
    return answer
        .replaceAll("\\d+\\.\\d+\\.\\d+\\.\\d+(:\\d+)?", "HOST")
        .replaceAll("\"[0-9a-f]{14,16}\"", "\"ID\"")
        .replaceAll("\"name\":\"[^\"]*\"", "\"name\":\"NAME\"");
  }
}
