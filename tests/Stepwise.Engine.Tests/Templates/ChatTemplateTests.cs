using System.Text;
using Stepwise.Engine.Templates;
using Stepwise.Engine.Tests.Formats;
using Stepwise.Problems;

namespace Stepwise.Engine.Tests.Templates;

public sealed class ChatTemplateTests
{
    private static readonly ChatPrompt Chat = new([new ChatMessage("user", "Hi"), new ChatMessage("assistant", "Ho")]);

    [Theory]
    [InlineData("{% include 'x' %}", 1, "the tag \"include\" is not supported")]
    [InlineData("a\n\n{% raw %}{{ }", 3, "the tag \"raw\" is not supported")]
    [InlineData("{% for x in messages recursive %}{% endfor %}", 1, "a recursive loop is not supported")]
    [InlineData("{% set x | upper %}a{% endset %}", 1, "a filter on a set block is not supported")]
    [InlineData("{{ 1 / 2 }}", 1, "the operator \"/\" is not supported")]
    [InlineData("{{ 2 ** 3 }}", 1, "the operator \"**\" is not supported")]
    [InlineData("{{ 0.5 }}", 1, "a number with a fraction is not supported")]
    [InlineData("{{ f(*messages) }}", 1, "the argument \"*\" of a call is not supported")]
    [InlineData("{{ '\\N{DASH}' }}", 1, "the escape \"\\N\"")]
    [InlineData("{{ '\\u12' }}", 1, "needs 4 hexadecimal digits")]
    [InlineData("{{ 'a }}", 1, "the quoted text has no end")]
    [InlineData("{{ a\n", 1, "the tag has no end; expected }}")]
    [InlineData("a\n{# b", 2, "the comment has no end")]
    [InlineData("{% if true %}", 1, "the template ends before {% endif %}")]
    [InlineData("{% endif %}", 1, "the tag \"endif\" is not supported here")]
    [InlineData("{% break %}", 1, "{% break %} stands outside of a loop")]
    [InlineData("{% for x in messages %}{% macro m() %}{% continue %}{% endmacro %}{% endfor %}", 1, "outside of a loop")]
    [InlineData("{{ a b }}", 1, "found \"b\"; expected an operator or }}")]
    [InlineData("{{ $ }}", 1, "the character \"$\" has no meaning")]
    [InlineData("{{ }}", 1, "found \"}}\"; expected a value")]
    [InlineData("{{ a not b }}", 1, "expected \"in\" after \"not\"")]
    [InlineData("{{ f(a=1, a=2) }}", 1, "the argument \"a\" is given twice")]
    [InlineData("{{ f(a=1, 2) }}", 1, "without a name stands behind")]
    [InlineData("{{ 99999999999999999999 }}", 1, "too large")]
    [InlineData("{{ 'a' }}\n{{ messages | pprint }}", 2, "the filter \"pprint\" is not supported")]
    [InlineData("{{ 1 is callable_ }}", 1, "the test \"callable_\" is not supported")]
    [InlineData("{{ 'a'.zfill(3) }}", 1, "\"zfill\" of a text is called, which is undefined or not supported")]
    [InlineData("{{ lipsum() }}", 1, "\"lipsum\" is called, which is undefined or not supported")]
    [InlineData("{{ messages | tojson(sort_keys=true) }}", 1, "the filter \"tojson\" is given \"sort_keys\", which is not supported")]
    [InlineData("{{ nothing.role }}", 1, "\"nothing\", which is undefined, has no attribute \"role\"")]
    [InlineData("{{ messages[9].role }}", 1, "item 9 of a list of 2, which is undefined")]
    [InlineData("{{ 'a' + none }}", 1, "cannot add a text and none")]
    [InlineData("{{ 'a' < 'b' }}", 1, "cannot compare a text and a text")]
    [InlineData("{{ 1 % 0 }}", 1, "a division by zero")]
    [InlineData("{{ 9223372036854775807 + 1 }}", 1, "a number grows too large")]
    [InlineData("{{ messages }}", 1, "a list cannot be put out as a text")]
    [InlineData("{% set messages.x = 1 %}", 1, "\"messages\" is not a namespace")]
    [InlineData("{% set a, b = messages[:1] %}", 1, "1 values for the 2 names a, b")]
    [InlineData("{{ strftime_now('%H') }}", 1, "the code \"%H\"")]
    [InlineData("\n{{ raise_exception('roles must alternate') }}", 2, "the template refuses this chat: \"roles must alternate\"")]
    public void Render_WhatIsNotSupported_RefusedByNameAndLine(string template, int line, string reason)
    {
        string message = Should.Throw<InputException>(() => Render(template)).Message;
        message.ShouldStartWith($"file: chat template, line {line}: ");
        message.ShouldContain(reason);
    }

    [Theory]
    [InlineData("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", "takes too long")]
    [InlineData("{% set n = namespace(s='aaaaaaaa') %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}", "takes too long")]
    [InlineData("{% set n = namespace(s=[1]) %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}", "takes too long")]
    [InlineData("{{ range(99999999999999) }}", "takes too long")]
    [InlineData("{% set l = range(300000) | map('string') | list %}{% for i in l %}{{ 'x' in l }}{% endfor %}", "takes too long")]
    [InlineData("{% set n = namespace(s='a') %}{% for i in range(19) %}{% set n.s = n.s.replace('a', 'aaaa') %}{% endfor %}", "takes too long")]
    [InlineData("{% set n = namespace(s='a') %}{% for i in range(19) %}{% set n.s = n.s + n.s %}{% endfor %}{% for i in range(999) %}{{ (n.s + 'b') in n.s }}{% endfor %}", "takes too long")]
    [InlineData("{% set n = namespace(s=[1]) %}{% for i in range(40) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s | tojson }}", "takes too long")]
    [InlineData("{% set n = namespace(s=[1]) %}{% for i in range(999) %}{% set n.s = [n.s] %}{% endfor %}{{ n.s | tojson }}", "nested deeper than 200")]
    [InlineData("{% set n = namespace(s=[1], t=[1]) %}{% for i in range(999) %}{% set n.s = [n.s] %}{% set n.t = [n.t] %}{% endfor %}{{ n.s == n.t }}", "nested deeper than 200")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "nested deeper than 200")]
    [InlineData("{% set s = namespace(s='aaaaaaaa') %}{% for i in range(18) %}{% set s.s = s.s + s.s %}{% endfor %}{% for i in range(9) %}{{ s.s }}{% endfor %}", "the output is longer than 16777216")]
    public void Render_TemplateWithoutEnd_RefusedByABound(string template, string reason) =>
        Should.Throw<InputException>(() => Render(template)).Message.ShouldContain(reason);

    /// <summary>
    /// As Jinja 3.1.6: the filter begins words after white space, hyphens and opening brackets, the method after any other than a letter.
    /// </summary>
    [Fact]
    public void Render_TitleAsFilterAndAsMethod_TwoFunctions() =>
        Render("{{ \"it's foo_bar a-b (cd\" | title }}|{{ \"it's foo_bar a-b (cd\".title() }}").ShouldBe("It's Foo_bar A-B (Cd|It'S Foo_Bar A-B (Cd");

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("[", "", "]")]
    [InlineData("not ", "1", "")]
    [InlineData("- ", "1", "")]
    [InlineData("", "messages", ".a")]
    [InlineData("", "1", "|string")]
    [InlineData("", "1", " + 1")]
    [InlineData("1 if 0 else ", "1", "")]
    [InlineData("(1 and ", "1", ")")]
    public void Render_DeeplyNestedExpression_RefusedOnASmallStack(string open, string inner, string close)
    {
        string template = $"{{{{ {string.Concat(Enumerable.Repeat(open, 50_000))}{inner}{string.Concat(Enumerable.Repeat(close, 50_000))} }}}}";
        OnASmallStack(() => Should.Throw<InputException>(() => Render(template)).Message.ShouldContain("nested deeper than 200"));
    }

    [Fact]
    public void Render_DeeplyNestedStatements_RefusedOnASmallStack() => OnASmallStack(() =>
    {
        string open = string.Concat(Enumerable.Repeat("{% if true %}", 10_000)), close = string.Concat(Enumerable.Repeat("{% endif %}", 10_000));
        Should.Throw<InputException>(() => Render(open + close)).Message.ShouldContain("nested deeper than 200");
        open = string.Concat(Enumerable.Repeat("{% for a in [1] %}{% if (((((1))))) %}", 50));
        close = string.Concat(Enumerable.Repeat("{% endif %}{% endfor %}", 50));
        Render(open + "x" + close).ShouldBe("x");
    });

    [Fact]
    public void Render_Mutated_RenderedOrRefused()
    {
        string[] templates = [.. RenderingTests.Renderings().Select(r => r.GetProperty("template").GetString()!)];
        FuzzTests.Fuzz(Encoding.UTF8.GetBytes(string.Concat(templates)), seed: 6, content => RenderingTests.Render(Encoding.UTF8.GetString(content)));
        int rendered = 0, refused = 0;
        foreach (string template in templates)
        {
            byte[] sound = [.. Encoding.UTF8.GetBytes(template), .. " {{ s }}"u8];
            for (ulong i = 0; i < 40; i++)
            {
                byte[] content = FuzzTests.Mutate(sound, CounterRandom.Key((ulong)(rendered + refused), i));
                try
                {
                    RenderingTests.Render(Encoding.UTF8.GetString(content));
                    rendered++;
                }
                catch (InputException)
                {
                    refused++;
                }
            }
        }

        rendered.ShouldBeGreaterThan(200);
        refused.ShouldBeGreaterThan(200);
    }

    [Fact]
    public void Render_DateAndVariables_AsTheChatSays()
    {
        const string Template = "{{ strftime_now('%d %b %Y') }} {{ enable_thinking is defined }} {{ enable_thinking }} {{ bos_token }}{{ add_generation_prompt }}";
        Render(Template).ShouldBe("26 Jul 2024 False  <s>True");
        ChatTemplate template = ChatTemplate.Parse("file", Template, new Dictionary<string, string>(StringComparer.Ordinal));
        ChatPrompt told = Chat with
        {
            Variables = new Dictionary<string, object>(StringComparer.Ordinal) { ["enable_thinking"] = false, ["bos_token"] = 7L },
            Today = new DateOnly(2025, 3, 9),
        };
        template.Render(told, openAssistant: false).ShouldBe("09 Mar 2025 True False 7False");
    }

    [Fact]
    public void Render_NoMessage_InputException() => Should.Throw<InputException>(() => ChatTemplate
        .Parse("file", "x", new Dictionary<string, string>(StringComparer.Ordinal))
        .Render(new ChatPrompt([]), openAssistant: true)).Message.ShouldContain("at least one message");

    private static string Render(string template) => ChatTemplate
        .Parse("file", template, new Dictionary<string, string>(StringComparer.Ordinal) { ["bos_token"] = "<s>" })
        .Render(Chat, openAssistant: true);

    /// <summary>The stack of a thread of the pool, less a margin.</summary>
    private static void OnASmallStack(Action test)
    {
        Exception? failure = null;
        Thread thread = new(() => failure = Record.Exception(test), maxStackSize: 1 << 20);
        thread.Start();
        thread.Join();
        failure.ShouldBeNull();
    }
}
