package io.kvorum.node.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Program;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What needs no server: help, flags in all places, and one clear line for each mistake.
final class CommandLineTest {

  @Test
  void everyCommand_hasHelp() {
    for (Command command : Commands.all()) {
      CommandRun run = CommandRun.of((command.path() + " --help").split(" ", -1));
      assertThat(run.exitCode()).isZero();
      String program = command.equals(DiscoveryCommand.DISCOVERY) ? "kvorum " : "kvorum ctl ";
      assertThat(run.output())
          .contains("Usage: " + program + command.path(), command.summary(), "--endpoints");
      command.flags().forEach(flag -> assertThat(run.output()).contains("--" + flag.name()));
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "memb | member",
        "member | member",
        "member '' | add list promote remove update",
        "snapshot s | save status",
        "--hex snapshot save -- | --cacert",
        "snapshot restore --ski | --skip-hash-check",
        "defrag --c | --cacert --cert --cluster --command-timeout",
      })
  void bash_completes(String typed, String offered) {
    String script = CommandRun.of("completion", "bash").output();
    String ask =
        """
        %s
        COMP_WORDS=(kvorum ctl %s)
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _kvorum_ctl
        printf '%%s\\n' "${COMPREPLY[@]}" | sort | tr '\\n' ' '
        """
            .formatted(script, typed);
    Program.Result result = Program.command("bash", "-c", ask).run(Duration.ofSeconds(20));
    assertThat(result.errors()).isEmpty();
    assertThat(result.output()).contains(offered);
    assertThat(CommandRun.of("completion", "zsh").output()).endsWith(script);
  }

  @Test
  void overview_namesEveryCommand() {
    String overview = CommandRun.of("--help").output();
    assertThat(CommandRun.of()).isEqualTo(new CommandRun(0, overview, ""));
    assertThat(CommandRun.of("help").output()).isEqualTo(overview);
    Commands.all().forEach(command -> assertThat(overview).contains("  " + command.path()));
    assertThat(CommandRun.of("member").output()).contains("member add").doesNotContain("lease");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "bogus | 1 | unknown command \"bogus\" for \"kvorum ctl\"",
        "e health | 1 | unknown command \"e\" for \"kvorum ctl\"",
        "lease bogus | 1 | unknown command \"bogus\" for \"kvorum ctl lease\"",
        "get --bogus x | 1 | unknown flag: --bogus",
        "put --prefix x y | 1 | unknown flag: --prefix is no flag of \"put\"",
        "get -z x | 1 | unknown shorthand flag: 'z' in -z",
        "get x --limit | 1 | flag needs an argument: --limit",
        "get x -w | 1 | flag needs an argument: 'w' in -w",
        "get x --limit=y | 1 | invalid argument \"y\" for \"--limit\" flag: expected a whole number",
        "get x --prefix=y | 1 | invalid argument \"y\" for \"--prefix\" flag: expected true or false",
        "get x --command-timeout=5 | 1 | invalid argument \"5\" for \"--command-timeout\" flag: expected a duration",
        "get x -w yaml | 4 | unsupported output format",
        "downgrade validate | 128 | TARGET_VERSION not provided",
        "downgrade enable 3.5 3.4 | 128 | too many arguments",
        "downgrade cancel 3.5 | 128 | too many arguments",
        "completion | 128 | completion needs one argument: bash, zsh, fish or powershell",
        "completion csh | 128 | no completion for \"csh\": bash, zsh, fish or powershell",
        "get a b c | 128 | get command needs one argument as key",
        "put a b c | 128 | put command takes one key and one value",
        "watch a b c | 128 | bad number of arguments",
        "watch | 128 | bad number of arguments",
        "get x --endpoints=ftp://h:1 | 128 | bad endpoint \"ftp://h:1\": expected host:port",
        "get x --endpoints=h | 128 | bad endpoint \"h\": expected host:port",
        "get x --endpoints=h:0 | 128 | bad endpoint \"h:0\"",
        "get x --endpoints= | 2 | etcdclient: no available endpoints",
        "get x --count-only | 128 | --count-only is only for",
      })
  void mistakes_getOneLine(String line, int exitCode, String text) {
    CommandRun run = CommandRun.of(line.split(" ", -1));
    assertThat(run.errors()).startsWith("Error: " + text).endsWith("\n");
    assertThat(run.errors().lines()).hasSize(1);
    assertThat(run.output()).isEmpty();
    assertThat(run.exitCode()).isEqualTo(exitCode);
  }

  @Test
  void environment_isReadAndConflictsAreRefused() {
    var json = Map.of("ETCDCTL_WRITE_OUT", "json", "ETCDCTL_ENDPOINTS", "");
    CommandRun conflict = CommandRun.of(List.of("get", "x", "-w", "simple"), "", json);
    assertThat(conflict.errors())
        .isEqualTo(
            "Error: conflicting environment variable \"ETCDCTL_WRITE_OUT\" is shadowed by"
                + " corresponding command-line flag (either unset environment variable or disable"
                + " flag)\n");
    assertThat(conflict.exitCode()).isEqualTo(1);
    CommandRun wrong = CommandRun.of(List.of("version"), "", Map.of("ETCDCTL_HEX", "nope"));
    assertThat(wrong.errors())
        .isEqualTo(
            "Error: invalid argument \"nope\" for environment variable ETCDCTL_HEX: expected true"
                + " or false\n");
    CommandRun unknown =
        CommandRun.of(List.of("version"), "", Map.of("ETCDCTL_BOGUS", "1", "ETCDCTL_API", "3"));
    assertThat(unknown.errors()).isEqualTo("unrecognized environment variable ETCDCTL_BOGUS\n");
    assertThat(unknown.exitCode()).isZero();
    assertThat(CommandRun.of(List.of("--version"), "", Map.of("ETCDCTL_API", "2")).output())
        .endsWith("API version: 2\n");
  }

  @ParameterizedTest
  @CsvSource({
    "0,0 B",
    "9,9 B",
    "10,10 B",
    "999,999 B",
    "1000,1.0 kB",
    "20480,20 kB",
    "24576,25 kB",
    "1100000,1.1 MB",
    "2147483648,2.1 GB"
  })
  void sizes_areRoundedAsEtcdctlDoes(long bytes, String text) {
    assertThat(GoText.size(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0,0s",
    "999,999ns",
    "1500,1.5µs",
    "4689074,4.689074ms",
    "5000668428,5.000668428s",
    "61000000000,1m1s",
    "3661500000000,1h1m1.5s"
  })
  void durations_areWrittenAsGoDoes(long nanos, String text) {
    assertThat(GoText.duration(nanos)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "5s,5000000000",
    "300ms,300000000",
    "1m30s,90000000000",
    "1.5h,5400000000000",
    "0,0",
    "-2us,-2000"
  })
  void durations_areRead(String text, long nanos) {
    assertThat(GoText.parseDuration(text).toNanos()).isEqualTo(nanos);
  }

  @Test
  void longCells_areBrokenBetweenWords() {
    assertThat(Wrapping.lines("memberID:13268734741009979368 alarm:NOSPACE ", 30))
        .containsExactly("memberID:13268734741009979368", "alarm:NOSPACE ");
    assertThat(Wrapping.lines("short", 30)).containsExactly("short");
    assertThat(Wrapping.lines("", 30)).containsExactly("");
  }
}
