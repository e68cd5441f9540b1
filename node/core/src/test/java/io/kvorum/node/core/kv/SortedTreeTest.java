package io.kvorum.node.core.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The tree against the JDK's, whose older versions must not change.
final class SortedTreeTest {

  @Test
  void everyVersion_isAsTheMapWasThen() {
    Seeds.forEach(
        200,
        random -> {
          var map = new TreeMap<Bytes, Long>();
          SortedTree<Long> tree = SortedTree.empty();
          List<SortedTree<Long>> trees = new ArrayList<>();
          List<TreeMap<Bytes, Long>> maps = new ArrayList<>();
          for (int i = 0; i < 150; i++) {
            Bytes key = Bytes.utf8("" + random.nextInt(60));
            if (random.nextInt(3) == 0) {
              map.remove(key);
              tree = tree.remove(key.array());
            } else {
              long weight = random.nextInt(10);
              map.put(key, weight);
              tree = tree.put(key.array(), weight, weight);
            }
            if (i % 10 == 0) {
              trees.add(tree);
              maps.add(new TreeMap<>(map));
            }
          }
          for (int i = 0; i < trees.size(); i++) {
            compare(trees.get(i), maps.get(i), Bytes.utf8("" + random.nextInt(60)));
          }
        });
  }

  private static void compare(SortedTree<Long> tree, NavigableMap<Bytes, Long> map, Bytes key) {
    assertThat(keys(tree.walk())).isEqualTo(List.copyOf(map.keySet()));
    assertThat(tree.get(key.array())).isEqualTo(map.get(key));
    assertThat(tree.sumBelow(key.array()))
        .isEqualTo(map.headMap(key).values().stream().mapToLong(Long::longValue).sum());
    assertThat(tree.sum()).isEqualTo(map.values().stream().mapToLong(Long::longValue).sum());
    assertThat(tree.floorKey(key.array())).isEqualTo(array(map.floorKey(key)));
    assertThat(tree.lowerKey(key.array())).isEqualTo(array(map.lowerKey(key)));
    assertThat(tree.higherKey(key.array())).isEqualTo(array(map.higherKey(key)));
    SortedTree.Walk<Long> walk = tree.walk();
    assertThat(walk.seek(key.array())).isEqualTo(map.ceilingKey(key) != null);
    if (map.ceilingKey(key) != null) {
      assertThat(walk.key()).isEqualTo(array(map.ceilingKey(key)));
      assertThat(keys(walk))
          .isEqualTo(List.copyOf(map.tailMap(map.ceilingKey(key), false).keySet()));
    }
  }

  private static byte @Nullable [] array(@Nullable Bytes key) {
    return key == null ? null : key.array();
  }

  private static List<Bytes> keys(SortedTree.Walk<Long> walk) {
    var keys = new ArrayList<Bytes>();
    while (walk.next()) {
      keys.add(Bytes.wrap(walk.key()));
    }
    return keys;
  }
}
