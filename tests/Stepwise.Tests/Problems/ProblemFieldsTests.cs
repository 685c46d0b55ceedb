using System.Text.Json;
using Stepwise.Problems;

namespace Stepwise.Tests.Problems;

public sealed class ProblemFieldsTests
{
    [Theory]
    [InlineData("\"x\"", "x")]
    [InlineData("145.0", "145.0")]
    [InlineData("true", "true")]
    [InlineData("[\"2\"]", "2")]
    [InlineData("[\"1\", 2, false]", "1, 2, false")]
    public void Read_Answer_IsTextAsWritten(string json, string answer) =>
        Read(new(), $$"""{"question": "q", "answer": {{json}}}""").ShouldBe(new Problem("train-7", "q", answer));

    [Theory]
    [InlineData("metadata.answer", "5")]
    [InlineData("answers.1", "b")]
    [InlineData("answers", "a, b")]
    [InlineData("metadata.deep.0.x", "6")]
    [InlineData("a.b", "own")]
    public void Read_Path_FindsWhatItNames(string path, string answer) =>
        Read(new() { Answer = path }, """
            {"question": "q", "metadata": {"answer": 5, "deep": [{"x": 6}]}, "answers": ["a", "b"], "a.b": "own", "a": {"b": "inner"}}
            """).Answer.ShouldBe(answer);

    [Fact]
    public void Read_SeveralFields_AreJoinedByABlank() =>
        Read(new() { Question = ["Body", "Question"], Answer = "Answer", Id = "ID", Solution = "Note" }, """
            {"Answer": 145.0, "Question": "How big?", "Body": "There are 87.", "ID": "chal-1", "Note": " "}
            """).ShouldBe(new Problem("chal-1", "There are 87. How big?", "145.0"));

    [Fact]
    public void Read_Messages_AreAChat()
    {
        Problem problem = Read(new() { Question = ["prompt"], Answer = "reward.truth" }, """
            {"prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}], "reward": {"truth": "1"}}
            """);
        problem.Messages.ShouldBe([new("system", "s"), new("user", "q")]);
        problem.Question.ShouldBe("s\nq");
        new PromptOptions { Chat = true, ChatVariables = ["a=true"] }.Of(problem.Messages!).ShouldBeOfType<ChatPrompt>()
            .Variables.ShouldBe(new Dictionary<string, object>(StringComparer.Ordinal) { ["a"] = true });
    }

    [Theory]
    [InlineData("{\"question\": \"q\", \"Answer\": 1}", "the field \"answer\" is missing; expected a string, a number, a truth value, or a list of these; the fields there are question, Answer.")]
    [InlineData("{}", "the field \"question\" is missing; expected a string, or a list of messages {role, content}; the record has no field.")]
    [InlineData("{\"question\": 5, \"answer\": 1}", "\"question\" is a number; expected a string")]
    [InlineData("{\"question\": null, \"answer\": 1}", "\"question\" is blank")]
    [InlineData("{\"question\": \" \", \"answer\": 1}", "\"question\" is blank")]
    [InlineData("{\"question\": \"q\", \"answer\": null}", "\"answer\" is blank")]
    [InlineData("{\"question\": \"q\", \"answer\": \" \"}", "\"answer\" is blank")]
    [InlineData("{\"question\": \"q\", \"answer\": []}", "\"answer\" is blank")]
    [InlineData("{\"question\": \"q\", \"answer\": {\"x\": 1}}", "\"answer\" is an object; expected")]
    [InlineData("{\"question\": \"q\", \"answer\": [[1]]}", "\"answer\" is a list; expected")]
    [InlineData("{\"question\": \"q\", \"answer\": \"\\ud800\"}", "half of a surrogate pair")]
    [InlineData("{\"question\": [], \"answer\": 1}", "do not end with the user's")]
    [InlineData("{\"question\": [{\"role\": \"user\", \"content\": \"q\"}, {\"role\": \"assistant\", \"content\": \"a\"}], \"answer\": 1}", "do not end with the user's")]
    [InlineData("{\"question\": [\"q\"], \"answer\": 1}", "\"question.0\" is a string; expected a message")]
    [InlineData("{\"question\": [{\"role\": \"tool\", \"content\": \"q\"}], \"answer\": 1}", "message 1 of question: the role is \"tool\"; allowed are system, user, assistant")]
    [InlineData("{\"question\": [{\"role\": \"user\", \"text\": \"q\"}], \"answer\": 1}", "message 1 of question: the field \"content\" is missing; expected a string; the fields there are role, text.")]
    public void Read_WhatIsNotAsNamed_IsRefusedByPlaceAndField(string json, string expected)
    {
        string message = Should.Throw<InputException>(() => Read(new(), json)).Message;
        message.ShouldStartWith("f.jsonl, line 7");
        message.ShouldContain(expected);
    }

    /// <summary>Whether some record has them is a question to the file, see MathOptionsTests.</summary>
    [Fact]
    public void Read_OptionalFieldsThatAreNamedAndAbsent_AreNone()
    {
        Problem problem = Read(new() { Solution = "meta.solution", Hints = "h", Difficulty = "d" }, """{"question": "q", "answer": 1, "meta": null}""");

        (problem.Solution, problem.Hints, problem.Difficulty).ShouldBe((null, null, null));
    }

    [Theory]
    [InlineData("[\"a\", \"b\"]", "a|b")]
    [InlineData("\"a\"", "a")]
    [InlineData("[]", null)]
    [InlineData("null", null)]
    [InlineData("\" \"", null)]
    public void Read_Hints_AreATextOrAListOfThem(string json, string? hints) =>
        (Read(new() { Hints = "h" }, $$"""{"question": "q", "answer": 1, "h": {{json}}}""").Hints is { } read ? string.Join('|', read) : null).ShouldBe(hints);

    [Theory]
    [InlineData("3", 3.0)]
    [InlineData("\"Level 3\"", 3.0)]
    [InlineData("\"-1.5e1 points\"", -15.0)]
    [InlineData("null", null)]
    [InlineData("\"\"", null)]
    public void Read_Difficulty_IsTheOneNumber(string json, double? difficulty) =>
        Read(new() { Difficulty = "d.level" }, $$"""{"question": "q", "answer": 1, "d": { "level": {{json}} } }""").Difficulty.ShouldBe(difficulty);

    [Theory]
    [InlineData("{\"question\": \"q\", \"answer\": 1, \"h\": 5}", "the field \"h\" is a number; expected a string, or a list of strings")]
    [InlineData("{\"question\": \"q\", \"answer\": 1, \"h\": [\"a\", \" \"]}", "the field \"h\" is blank")]
    [InlineData("{\"question\": \"q\", \"answer\": 1, \"h\": [[]]}", "the field \"h.0\" is a list; expected a string")]
    [InlineData("{\"question\": \"q\", \"answer\": 1, \"h\": \"a\", \"d\": \"hard\"}", "the field \"d\" is \"hard\"; expected a number, or a string with one number in it")]
    [InlineData("{\"question\": \"q\", \"answer\": 1, \"h\": \"a\", \"d\": \"3 to 4\"}", "the field \"d\" is \"3 to 4\"; expected")]
    [InlineData("{\"question\": \"q\", \"answer\": 1, \"h\": \"a\", \"d\": 1e999}", "the field \"d\" is \"1e999\"; expected")]
    [InlineData("{\"question\": \"q\", \"answer\": 1, \"h\": \"a\", \"d\": true}", "the field \"d\" is a truth value; expected")]
    public void Read_HintsAndDifficultyThatAreNotAsNamed_AreRefused(string json, string expected) =>
        Should.Throw<InputException>(() => Read(new() { Hints = "h", Difficulty = "d" }, json)).Message.ShouldContain(expected);

    [Fact]
    public void Put_TextOrChat_ChangesWhatIsAskedLast()
    {
        Problem chat = new("p", "s\nq", "1") { Messages = [new("system", "s"), new("user", "q")] };

        new Problem("p", "q", "1").Put(question => question + "!").ShouldBe(new("p", "q!", "1"));
        Problem put = chat.Put(question => question + "!");
        put.Messages.ShouldBe([new("system", "s"), new("user", "q!")]);
        put.Question.ShouldBe("s\nq!");
    }

    [Fact]
    public void Read_AnyHintsAndDifficulty_AreReadOrRefused()
    {
        string[] pieces = ["1", "-", ".", "e", "9", " ", "Level", "\\u0000", "\\ud800", "é", "{hint}", "\\n"];
        for (ulong seed = 0; seed < 2000; seed++)
        {
            ulong key = CounterRandom.Key(99, seed), at = 0;
            string Text() => string.Concat(Enumerable.Range(0, CounterRandom.Integer(key, at++, 5)).Select(_ => pieces[CounterRandom.Integer(key, at++, pieces.Length)]));
            string Value(int depth) => CounterRandom.Integer(key, at++, depth > 2 ? 5 : 7) switch
            {
                0 => "null",
                1 => "true",
                2 => "-1e400",
                3 => "0.5",
                5 => $"[{string.Join(',', Enumerable.Range(0, CounterRandom.Integer(key, at++, 3)).Select(_ => Value(depth + 1)))}]",
                6 => $$"""{"x":{{Value(depth + 1)}}}""",
                _ => $"\"{Text()}\"",
            };
            string json = $$"""{"question":"q","answer":1,"h":{{Value(0)}},"d":{{Value(0)}}}""";
            try
            {
                Problem problem = Read(new() { Hints = "h", Difficulty = "d" }, json);
                (problem.Hints ?? ["a"]).ShouldAllBe(hint => !string.IsNullOrWhiteSpace(hint), json);
                double.IsFinite(problem.Difficulty ?? 0).ShouldBeTrue(json);
            }
            catch (InputException error)
            {
                error.Message.ShouldStartWith("f.jsonl, line 7", Case.Sensitive, json);
            }
        }
    }

    private static Problem Read(ProblemFields fields, string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return fields.Read(new("f.jsonl, line 7", 7, document.RootElement), "train");
    }
}
