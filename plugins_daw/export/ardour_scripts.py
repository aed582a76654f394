"""The Lua processors of an Ardour session: our effects, translated from their JSFX, and what leads an untouched sound past a plug-in."""

from plugins_daw.export import eel
from plugins_daw.export.ported import Effect

SCRIPT = """ardour {{
    ["type"] = "dsp", name = "{title}", category = "Effect", license = "GPLv3+", author = "Utsushi",
    description = [[Made from the JSFX of the same name.]]
}}

function dsp_ioconfig () return {{ {{ audio_in = -1, audio_out = -1 }} }} end

function dsp_params ()
    return {{
{parameters}
    }}
end

local srate, num_ch, pdc_delay, pdc_bot_ch, pdc_top_ch = 48000, 2, 0, 0, 0
local memory, shared, spl = {{}}, nil, {{}}
{locals}

local function single (x)
    local t = x * 536870913.0
    return t - (t - x)
end

local function slide ()
{slider}
end

function dsp_init (rate) srate = rate end

function dsp_configure (ins, outs)
    num_ch = ins:n_audio ()
    local cells = math.max (1024, math.ceil ({memory} * srate / 192000))
    if cells > 60000 then
        -- more than Ardour gives to a script: 32-bit memory of the host's own
        shared = ARDOUR.DSP.DspShm (cells)
        shared:clear ()
        memory = shared:to_float (0):array ()
    else
        memory = {{}}
        for i = 1, cells do memory[i] = 0 end
    end
{init}
    slide ()
end

function dsp_latency () return pdc_delay end

function dsp_run (ins, outs, n_samples)
    local knob = CtrlPorts:array ()
    if {changed} then
        {names} = {knobs}
        slide ()
    end
    local rows = {{}}
    for c = 1, num_ch do rows[c] = ins[c]:get_table (n_samples) end
    for i = 1, n_samples do
        for c = 1, num_ch do spl[c] = rows[c][i] end
{sample}
        for c = 1, num_ch do rows[c][i] = spl[c] end
    end
    for c = 1, num_ch do outs[c]:set_table (rows[c], n_samples) end
end
"""


def of_effect(effect: Effect) -> str:
    """The effect as a Lua processor of Ardour."""
    names = [one.name for one in effect.sliders]
    knobs = [f"knob[{index + 1}]" for index in range(len(names))]
    variables = [one for one in effect.variables if not one.startswith("pdc_")]
    parameters = [
        f'        {{ ["type"] = "input", name = "{one.label}", min = {one.low}, max = {one.high}, default = {one.default}'
        + (f', unit = "{one.unit}"' if one.unit else "")
        + (", logarithmic = true" if one.log else "")
        + (", integer = true" if one.step == 1 else "")
        + " },"
        for one in effect.sliders
    ]
    declared = [f"local {one.name} = {one.default}" for one in effect.sliders] + [f"local {one} = 0" for one in variables]

    def section(name: str, indent: str) -> str:
        return "\n".join(eel.LUA.statements(effect.sections.get(name, ()), indent)) or indent + "-- nothing"

    return SCRIPT.format(
        title=effect.title,
        memory=effect.memory,
        parameters="\n".join(parameters),
        locals="\n".join(declared),
        slider=section("slider", "    "),
        init=section("init", "    "),
        sample=section("sample", "        "),
        changed=" or ".join(f"{name} ~= {knob}" for name, knob in zip(names, knobs, strict=True)),
        names=", ".join(names),
        knobs=", ".join(knobs),
    )


ROUTING = """ardour {{
    ["type"] = "dsp", name = "{title}", category = "Utility", license = "GPLv3+", author = "Utsushi",
    description = [[{about}]]
}}

function dsp_ioconfig () return {{ {{ audio_in = {ins}, audio_out = {outs} }} }} end

{body}
"""

SHARE = "share"
"""The knob that says how much of the plug-in is heard beside the untouched sound."""


def beside(channels: int) -> str:
    """The sound, and once more on as many channels after its own."""
    body = f"""function dsp_run (ins, outs, n_samples)
    local rows = {{}}
    for c = 1, {channels} do rows[c] = ins[c]:get_table (n_samples) end
    for c = 1, {channels} do
        outs[c]:set_table (rows[c], n_samples)
        outs[c + {channels}]:set_table (rows[c], n_samples)
    end
end"""
    about = "Leads the untouched sound past the next plug-in."
    return ROUTING.format(title="Utsushi dry beside", about=about, ins=channels, outs=2 * channels, body=body)


def share(channels: int) -> str:
    """What went through a plug-in and what went past it, mixed."""
    knob = f'{{ ["type"] = "input", name = "{SHARE}", min = 0, max = 1, default = 1 }}'
    body = f"""function dsp_params () return {{ {knob} }} end

function dsp_run (ins, outs, n_samples)
    local wet = CtrlPorts:array ()[1]
    local rows = {{}}
    for c = 1, {channels} do
        local through, past = ins[c]:get_table (n_samples), ins[c + {channels}]:get_table (n_samples)
        for i = 1, n_samples do through[i] = wet * through[i] + (1 - wet) * past[i] end
        rows[c] = through
    end
    for c = 1, {channels} do outs[c]:set_table (rows[c], n_samples) end
end"""
    about = "How much of the plug-in before it is heard beside the untouched sound."
    return ROUTING.format(title="Utsushi share", about=about, ins=2 * channels, outs=channels, body=body)
