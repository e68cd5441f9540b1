package io.kvorum.node.server.config;

/// How a member's process ends; whoever starts members decides by the number what to do next.
public enum ExitCode {
  GRACEFUL(0, "stopped on request: leadership handed over, calls in flight finished"),
  FATAL(1, "bad configuration, or an error that none of the codes below names"),
  UNKNOWN_FLAG(2, "a flag that does not exist"),
  IDENTITY_LOST(
      64,
      "this member ran before and its data is gone, or the data is another member's:"
          + " remove the member from the cluster and add a new one"),
  REMOVED(65, "this member was removed from its cluster and never runs again: delete its data"),
  DAMAGED_LOG(66, "the log is damaged before its durable end; the message names file and offset"),
  DAMAGED_STATE(67, "the data directory or the state database is damaged or missing"),
  NEWER_DATA(
      68, "log, state or cluster are of a newer version of the program: start that version again"),
  INTERNAL(70, "a rule that must always hold does not: a defect of the program"),
  DISK_FAILED(74, "the disk refused a write or a sync; nothing was retried");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  public int code() {
    return code;
  }

  public String meaning() {
    return meaning;
  }
}
