"""What is computed: functions over records, one file per noun."""
