package io.kvorum.node.core.kv;

/// Why the tree of API v2 refuses a change or a read, under etcd's numbers and texts.
public enum V2Refusal {
  KEY_NOT_FOUND(100, "Key not found"),
  COMPARE_FAILED(101, "Compare failed"),
  NOT_A_FILE(102, "Not a file"),
  NOT_A_DIRECTORY(104, "Not a directory"),
  KEY_EXISTS(105, "Key already exists"),
  ROOT_READ_ONLY(107, "Root is read only"),
  DIRECTORY_NOT_EMPTY(108, "Directory not empty"),
  HISTORY_CLEARED(401, "The event in requested index is outdated and cleared");

  private final int code;
  private final String message;

  V2Refusal(int code, String message) {
    this.code = code;
    this.message = message;
  }

  public int code() {
    return code;
  }

  public String message() {
    return message;
  }
}
