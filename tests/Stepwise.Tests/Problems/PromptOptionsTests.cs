using Stepwise.Options;
using Stepwise.Problems;

namespace Stepwise.Tests.Problems;

public sealed class PromptOptionsTests
{
    public static TheoryData<PromptOptions, string> Refused => new()
    {
        { new() { Template = "Q: {problem}" }, "task.prompt has {problem}; the only placeholder is {question}. Write {{problem}} for the text {problem}." },
        { new() { Template = "{question} in \\boxed{answer}" }, "task.prompt has {answer}" },
        { new() { Template = "Solve it." }, "task.prompt has no {question}" },
        { new() { Template = "{{question}}" }, "task.prompt has no {question}" },
        { new() { System = "Be brief." }, "task.system is given, and task.chat is false" },
        { new() { Examples = ["1+1", "2"] }, "task.examples is given, and task.chat is false" },
        { new() { ChatVariables = ["a=b"] }, "task.chatVariables is given, and task.chat is false" },
        { new() { Chat = true, Examples = ["1+1", "2", "3"] }, "task.examples has 3 texts; allowed are pairs" },
        { new() { Chat = true, ChatVariables = ["enable_thinking"] }, "task.chatVariables has \"enable_thinking\"; allowed is name=value" },
        { new() { Chat = true, ChatVariables = ["messages=none"] }, "task.chatVariables has \"messages=none\"" },
        { new() { Chat = true, ChatVariables = ["a=1", "a=2"] }, "task.chatVariables has \"a=2\"" },
    };

    [Theory]
    [InlineData("{question}\n", "37+8\n")]
    [InlineData("{question}={question}", "37+8=37+8")]
    [InlineData("Answer {question} in \\boxed{} with {{answer}}, {1} and {", "Answer 37+8 in \\boxed{} with {answer}, {1} and {")]
    [InlineData("\\frac{1}{2}{question}}", "\\frac{1}{2}37+8}")]
    public void Of_PlainText_IsTheTemplateWithTheQuestionInIt(string template, string prompt) =>
        new PromptOptions { Template = template }.Of("37+8").ShouldBe(new TextPrompt(prompt));

    [Fact]
    public void Of_QuestionThatLooksLikeATemplate_StaysAsItIs() =>
        new PromptOptions { Template = "Q: {question}" }.Of("{question} $1 {{x}}").ShouldBe(new TextPrompt("Q: {question} $1 {{x}}"));

    [Fact]
    public void Of_Chat_HasSystemExamplesAndTheQuestionAsTurns()
    {
        PromptOptions options = new()
        {
            Template = "Q: {question}", Chat = true, System = "Be brief.", Examples = ["1+1", "2", "2+{question}", "4"],
            ChatVariables = ["enable_thinking=false", "depth=3", "style=a=b"],
        };

        ChatPrompt chat = options.Of("37+8").ShouldBeOfType<ChatPrompt>();

        chat.Messages.ShouldBe(
        [
            new("system", "Be brief."), new("user", "Q: 1+1"), new("assistant", "2"), new("user", "Q: 2+{question}"), new("assistant", "4"), new("user", "Q: 37+8"),
        ]);
        chat.Variables.ShouldBe(
            new Dictionary<string, object>(StringComparer.Ordinal) { ["enable_thinking"] = false, ["depth"] = 3L, ["style"] = "a=b" }, ignoreOrder: true);
        OptionTree.Check(options);
    }

    [Fact]
    public void Of_ChatWithNothingBeside_IsOneMessageAndLeavesTheTemplateItsOwnDefaults()
    {
        ChatPrompt chat = new PromptOptions { Chat = true }.Of("37+8").ShouldBeOfType<ChatPrompt>();

        chat.Messages.ShouldBe([new("user", "37+8")]);
        chat.Variables.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Check_PromptThatCannotBeMeant_SaysWhatIsAllowed(PromptOptions options, string message) =>
        Should.Throw<InputException>(() => OptionTree.Check(options, "task.")).Message.ShouldStartWith(message);
}
