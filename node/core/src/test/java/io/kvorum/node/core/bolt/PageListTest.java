package io.kvorum.node.core.bolt;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// What a backup keeps in memory of the pages it has sent.
final class PageListTest {

  /// Revisions as keys, as most pages of a backup have them.
  private static final int KEY_BYTES = 17;

  @Test
  void millionsOfKeys_takeSomeBytesAPage() {
    var pages = new PageList();
    int count = 100_000;
    for (int i = 0; i < count; i++) {
      pages.add(new byte[KEY_BYTES], 1);
    }
    assertThat(pages.pages()).isEqualTo(count);
    // Arrays grow by doubling.
    assertThat(pages.heldBytes()).isLessThan(count * 2L * (KEY_BYTES + 2 * Integer.BYTES) + 1_000);
  }
}
