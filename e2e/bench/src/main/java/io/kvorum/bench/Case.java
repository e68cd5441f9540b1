package io.kvorum.bench;

/// One block of a comparison's table: what is measured on clusters of so many members.
record Case(int members, String name) {

  @Override
  public String toString() {
    return "%s, %d member%s".formatted(name, members, members == 1 ? "" : "s");
  }
}
