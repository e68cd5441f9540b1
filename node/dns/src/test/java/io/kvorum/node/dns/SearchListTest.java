package io.kvorum.node.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// How names become whole ones.
final class SearchListTest {

  private static final String NAME = "_etcd-server._tcp.demo-peer.shop.svc";

  @Test
  void withoutAList_aNameIsTakenAsItIs() {
    assertThat(SearchList.parse(List.of("nameserver 10.0.0.10", "", "# search no")).whole(NAME))
        .containsExactly(NAME + ".");
  }

  @Test
  void inAPod_theDomainsOfTheClusterComeFirst() {
    SearchList list =
        SearchList.parse(
            List.of(
                "search shop.svc.cluster.local svc.cluster.local cluster.local",
                "nameserver 10.96.0.10",
                "options edns0 ndots:5"));
    assertThat(list.whole(NAME))
        .containsExactly(
            NAME + ".shop.svc.cluster.local.",
            NAME + ".svc.cluster.local.",
            NAME + ".cluster.local.",
            NAME + ".");
    assertThat(list.whole(NAME + ".")).containsExactly(NAME + ".");
  }

  @Test
  void aNameWithDotsEnough_comesFirst() {
    assertThat(SearchList.parse(List.of("domain example.com")).whole("_a._tcp.b"))
        .containsExactly("_a._tcp.b.", "_a._tcp.b.example.com.");
  }
}
