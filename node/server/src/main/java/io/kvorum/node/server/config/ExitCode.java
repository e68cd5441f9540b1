package io.kvorum.node.server.config;

/// How a member's process ends; whoever starts members decides by the number what to do next.
public enum ExitCode {
  GRACEFUL(0, "stopped on request: leadership handed over, calls in flight finished", ""),
  FATAL(1, "bad configuration, or an error that none of the codes below names", ""),
  UNKNOWN_FLAG(2, "a flag that does not exist", ""),
  IDENTITY_LOST(
      64,
      "this member ran before and its data is gone, or the data is another member's:"
          + " remove the member from the cluster and add a new one",
      Remedy.REPLACE),
  REMOVED(
      65,
      "this member was removed from its cluster and never runs again: delete its data",
      "delete the data directory; add a new member if one is wanted"),
  DAMAGED_LOG(
      66,
      "the log is damaged before its durable end; the message names file and offset",
      Remedy.REPLACE),
  DAMAGED_STATE(
      67, "the data directory or the state database is damaged or missing", Remedy.REPLACE),
  NEWER_DATA(
      68,
      "log, state or cluster are of a newer version of the program: start that version again",
      "start the newer version again; nothing was changed"),
  INTERNAL(
      70,
      "a rule that must always hold does not: a defect of the program",
      "report it with this log; if it comes again at the next start, " + Remedy.REPLACE),
  DISK_FAILED(
      74,
      "the disk refused a write or a sync; nothing was retried",
      "make room on the disk or replace it, then start the member again; nothing acknowledged is"
          + " lost unless it says so then");

  /// Nested, because constants cannot use fields of their own class.
  private static final class Remedy {
    static final String REPLACE =
        "if a majority of the members is well, remove this member from the cluster, delete its data"
            + " directory and add a new one; else restore a backup";
  }

  private final int code;
  private final String meaning;
  private final String remedy;

  ExitCode(int code, String meaning, String remedy) {
    this.code = code;
    this.meaning = meaning;
    this.remedy = remedy;
  }

  /// What the person who finds the member stopped can do; empty where the message itself says it.
  public String remedy() {
    return remedy;
  }

  public int code() {
    return code;
  }

  public String meaning() {
    return meaning;
  }
}
